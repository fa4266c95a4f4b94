import { THROUGHPUT } from '../lib/columns.mjs';
import { profiledApps } from '../profile/profiled-apps.mjs';
import { startSpanSink } from './span.sink.mjs';

const without = new URL('./without-traces.mjs', import.meta.url).href;

/** How traces may be switched; `sink` is where spans go. */
const WAYS = [
  { name: 'without', title: 'its code without them', nodeFlags: ['--import', without] },
  { name: 'off', title: 'off (default)' },
  {
    name: 'sampled',
    title: 'one in a hundred',
    env: { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' },
  },
  { name: 'on', title: 'of every event', env: {} },
];

/** What traces cost, and that they cost nothing where they are off. */
export const tracesScenario = {
  name: 'traces',
  title: 'Traces',
  about:
    'Both apps, JSON, while they work off a backlog: with every line of tracing left out of the code as it is loaded, switched off, and exported by OTLP to a collector that keeps nothing.',
  columns: THROUGHPUT,
  quickRounds: 1,
  isFullOnly: true,
  prepare: async (context) => {
    const prepared = await profiledApps.prepare(context);
    const apps = prepared.contenders.filter(({ name }) => name.endsWith('-json'));
    return { ...prepared, sink: await startSpanSink(), contenders: apps.flatMap(inAllWays) };
  },
  run: ({ contender, prepared, ...run }) => {
    const { app, nodeFlags, env } = contender;
    const traced = env && { ...env, OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: prepared.sink.url };
    const started = { ...contender, start: app.startWith(nodeFlags, traced) };
    return app.measure({ ...run, prepared, contender: started });
  },
  cleanUp: async ({ bench, prepared }) => {
    prepared.sink.stop();
    await profiledApps.cleanUp({ bench, prepared });
  },
};

function inAllWays(app) {
  return WAYS.map(({ name, title, ...how }) => ({
    name: `${app.name}-${name}`,
    title: `${app.title}, traces: ${title}`,
    base: `${app.name}-without`,
    app,
    ...how,
  }));
}

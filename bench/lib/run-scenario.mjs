import { count, step } from '../../scripts/lib/screen.mjs';
import { inRounds } from './rounds.mjs';

/**
 * Prepares a scenario, lets its contenders take turns and cleans up. Answers its result: what was measured by whom, with
 * what the columns mean, so that the report needs nothing else.
 */
export async function runScenario(bench, scenario) {
  const { asked, signal, node } = bench;
  const prepared = await step(`${scenario.name}: prepare`, async (say) => {
    const progress = (done, of) => say.progress(`${bar(done / of)} ${count(done)} of ${count(of)}`);
    const result = await scenario.prepare({ bench, say, progress });
    return { result, summary: result.summary ?? '' };
  });
  try {
    const most = (asked.quick ? scenario.quickRounds : undefined) ?? scenario.mostRounds ?? asked.rounds;
    const rounds = Math.min(asked.rounds, most);
    const { contenders } = prepared;
    const able = contenders.filter(({ skipped }) => skipped === undefined);
    const run = (contender, round, progress) => scenario.run({ bench, prepared, contender, round, progress });
    const runs = await turns(scenario.name, { contenders: able, rounds, signal, run });
    const { name, title, about, base, columns, chart } = scenario;
    const limit = scenario.isToTheEnd ? {} : { seconds: asked.seconds };
    const settings = { quick: asked.quick, rounds, ...limit, ...prepared.settings };
    const rows = contenders.map((contender) => rowOf(contender, runs.get(contender.name)));
    return {
      name,
      title,
      about,
      base,
      columns,
      chart,
      at: new Date().toISOString(),
      node: node.version,
      settings,
      rows,
    };
  } finally {
    await scenario.cleanUp?.({ bench, prepared });
  }
}

async function turns(name, { contenders, rounds, signal, run }) {
  return step(name, async (say) => {
    const all = contenders.length * rounds;
    let started = 0;
    let at = '';
    const progress = (done, of) => {
      const share = Math.min(1, of > 0 ? done / of : 0);
      say.progress(`${bar((started - 1 + share) / all)} ${at} ${Math.round(share * 100)}%`);
    };
    const result = await inRounds({
      rounds,
      contenders,
      onRun: (contender, round) => {
        signal.throwIfAborted();
        started += 1;
        at = `round ${round + 1} of ${rounds}, ${contender}`;
        progress(0, 1);
      },
      run: async (contender, round) => rounded(await run(contender, round, progress)),
      onFailure: (contender, error) => say(`${contender}: ${error.message}`),
    });
    signal.throwIfAborted();
    return { result, summary: `${rounds} rounds of ${contenders.length}` };
  });
}

const KEPT_DIGITS = 6;

function rounded(figures) {
  const short = (value) => (typeof value === 'number' ? Number(value.toPrecision(KEPT_DIGITS)) : value);
  return Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, short(value)]));
}

/** One that was skipped was not to run here; one that failed was. */
function rowOf({ name, title, base, skipped, x }, { runs = [], failure } = {}) {
  const notRun = failure ?? skipped;
  return {
    name,
    title,
    ...(base === undefined ? {} : { base }),
    ...(x === undefined ? {} : { x }),
    runs,
    ...(failure === undefined ? {} : { hasFailed: true }),
    ...(notRun === undefined ? {} : { notRun: notRun.split('\n')[0] }),
  };
}

function bar(share) {
  const full = Math.max(0, Math.min(20, Math.round(share * 20)));
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)}`;
}

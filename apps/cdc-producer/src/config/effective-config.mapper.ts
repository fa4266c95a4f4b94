import type { EffectiveConfig, Setting } from '@sluice/contracts';
import { shownSettings, type SettingSources } from '@sluice/platform';
import { producerEnvironmentSchema, shownOfProducer, type ProducerSettings } from './producer.settings.js';
import type { StreamSettings } from './streams-file.schema.js';

/** What cdc-producer was told, as people may see it. */
export function effectiveConfigOf({ environment, streams, sources }: ProducerSettings): EffectiveConfig {
  return {
    app: 'cdc-producer',
    settings: shownSettings(producerEnvironmentSchema, shownOfProducer, environment, sources),
    streams: streams.map((stream) => ({ name: stream.name, settings: streamSettings(stream, sources) })),
  };
}

/** None is a secret: a pipeline is sent to the server as it stands in the file. */
function streamSettings({ name, ...options }: StreamSettings, sources: SettingSources): Setting[] {
  return Object.entries(options).map(([option, value]) => ({
    name: option,
    value,
    source: sources.of(`streams.${name}.${option}`),
    isHidden: false,
  }));
}

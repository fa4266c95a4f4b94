import type { EffectiveConfig } from '@sluice/contracts';
import { shownSettings } from '@sluice/platform';
import { consumerEnvironmentSchema, shownOfConsumer, type ConsumerSettings } from './consumer.settings.js';

/** What cdc-consumer was told, as people may see it. */
export function effectiveConfigOf({ environment, sources }: ConsumerSettings): EffectiveConfig {
  return {
    app: 'cdc-consumer',
    settings: shownSettings(consumerEnvironmentSchema, shownOfConsumer, environment, sources),
  };
}

import { endToEndScenario } from './chain/end-to-end.scenario.mjs';
import { headlineScenario } from './chain/headline.scenario.mjs';
import { latencyScenario } from './chain/latency.scenario.mjs';
import { codecScenario } from './codec/codec.scenario.mjs';
import { consumerScenario, mirrorScenario } from './consumer/consumer.scenario.mjs';
import { poisonScenario } from './consumer/poison.scenario.mjs';
import { lanesGrowth, partitionsGrowth } from './growth/consumer-growth.scenarios.mjs';
import { backlogGrowth, sizeGrowth, streamsGrowth } from './growth/producer-growth.scenarios.mjs';
import { memoryScenario } from './memory/memory.scenario.mjs';
import { producerScenarios } from './producer/producer.scenario.mjs';
import { allocationsScenario } from './profile/allocations.scenario.mjs';
import { profileScenario } from './profile/profile.scenario.mjs';
import { realtimeScenario } from './realtime/realtime.scenario.mjs';
import { tracesScenario } from './traces/traces.scenario.mjs';
import { SCENARIO_NAMES } from './scenario-names.mjs';

const ALL = [
  ...producerScenarios,
  consumerScenario,
  mirrorScenario,
  poisonScenario,
  endToEndScenario,
  latencyScenario,
  headlineScenario,
  memoryScenario,
  realtimeScenario,
  codecScenario,
  sizeGrowth,
  streamsGrowth,
  partitionsGrowth,
  lanesGrowth,
  backlogGrowth,
  tracesScenario,
  profileScenario,
  allocationsScenario,
];

/** Everything that is measured. */
export const SCENARIOS = SCENARIO_NAMES.map((name) => {
  const scenario = ALL.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`scenario-names.mjs has "${name}", and no scenario is called so.`);
  return scenario;
});

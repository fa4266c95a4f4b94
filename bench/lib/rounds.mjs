import { shuffled } from './shuffled.mjs';

/**
 * Runs every contender once per round, in an order that is drawn for each, so that none always follows the same other
 * one; and collects what `run` answers. One that fails is out, with its reason: the others' figures stand.
 */
export async function inRounds({ rounds, contenders, run, onRun = () => undefined, onFailure = () => undefined }) {
  const results = new Map(contenders.map(({ name }) => [name, { runs: [], failure: undefined }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of shuffled(contenders, round)) {
      const result = results.get(contender.name);
      if (result.failure) continue;
      onRun(contender.name, round);
      try {
        result.runs[round] = await run(contender, round);
      } catch (error) {
        result.failure = error.message;
        onFailure(contender.name, error);
      }
    }
  }
  return results;
}

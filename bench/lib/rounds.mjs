/**
 * Runs every contender once per round, each round beginning with another one, and collects what `run` answers. One
 * that fails is out, with its reason: the others' figures stand.
 */
export async function inRounds({ rounds, contenders, run, onRun = () => undefined, onFailure = () => undefined }) {
  const results = new Map(contenders.map(({ name }) => [name, { runs: [], failure: undefined }]));
  for (let round = 0; round < rounds; round += 1) {
    const turn = contenders.map((_, index) => contenders[(index + round) % contenders.length]);
    for (const contender of turn) {
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

const { MODEL_FACTOR = '1' } = process.env;
if (!/^[1-9]\d*$/.test(MODEL_FACTOR)) {
  throw new Error(`MODEL_FACTOR: found "${MODEL_FACTOR}"; allowed: a whole number from 1 on`);
}

/**
 * How many histories a model is tried with: so many in `npm test`, and `MODEL_FACTOR` times as many in
 * `npm run test:models`.
 */
export function modelRuns(count: number): number {
  return count * Number(MODEL_FACTOR);
}

/**
 * How many histories a model is tried with: so many in `npm test`, and `MODEL_FACTOR` times as many in
 * `npm run test:models`.
 */
export function modelRuns(count: number): number {
  return count * Number(process.env['MODEL_FACTOR'] ?? 1);
}

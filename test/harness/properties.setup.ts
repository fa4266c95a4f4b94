import fc from 'fast-check';

/** The cases of `npm test` are the same every time: what fails there fails for what was changed. */
const SEED = 20_261_123;
/** Less than a test may take: a search for the smallest case of a failure ends with the one that it has by then. */
const SEARCH_MS = 240_000;

const { PROPERTY_SEED: seed = String(SEED) } = process.env;
if (!/^(random|\d+)$/.test(seed)) throw new Error(`PROPERTY_SEED: found "${seed}"; allowed: a number, or random`);

fc.configureGlobal({
  interruptAfterTimeLimit: SEARCH_MS,
  markInterruptAsFailure: true, // a case that never ends is none that holds
  ...(seed === 'random' ? {} : { seed: Number(seed) }),
});

import type { HandlerClock } from '@sluice/handlers';

/** Real time, but no wait lasts: a handler's five attempts take no longer than their calls. */
export const unhurriedClock: HandlerClock = {
  now: () => new Date(),
  random: () => 0,
  wait: () => Promise.resolve(),
};

import { setMaxListeners } from 'node:events';

/**
 * For a signal that each run may listen to, of which there are as many as `CONCURRENCY` allows: Node tells of a leak from
 * the eleventh listener on (https://nodejs.org/docs/latest-v20.x/api/events.html#eventssetmaxlistenersn-eventtargets).
 */
export function sharedAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

import type { Readiness } from '@sluice/platform';
import type { TailState } from './feed.tail.js';

/** Whether this replica has live push to offer, and if not, since when and why. */
export function feedReadiness(tail: TailState, boundSince: Date | undefined): Readiness {
  const { state, since } = tail;
  if (state === 'away') return { ready: false, state, since, reason: tail.error.message };
  if (state === 'starting') {
    return { ready: false, state, since, reason: 'the newest changes of the stream queue are being read' };
  }
  if (boundSince !== undefined) return { ready: true, state, since };
  return { ready: false, state: 'joining', since, reason: 'no changes come before the group is bound' };
}

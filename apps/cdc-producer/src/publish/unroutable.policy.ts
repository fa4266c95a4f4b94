import { groupWants, type GroupRegistration } from '@sluice/contracts';
import type { StreamSettings } from '../config/streams-file.schema.js';

/** What becomes of an event that no queue took. */
export type UnroutableVerdict =
  | { readonly action: 'pass'; readonly why: string }
  /** It is put aside until a queue takes it; the stream goes on. */
  | { readonly action: 'park'; readonly why: string }
  /** The stream stands still and tries this event again until a queue takes it. */
  | { readonly action: 'hold'; readonly why: string };

/** Judges an event that came back, by the groups as they are now. */
export function judgeUnroutable(
  pattern: string,
  groups: readonly GroupRegistration[],
  onUnroutable: StreamSettings['onUnroutable'],
): UnroutableVerdict {
  const wanting = groups.filter((group) => groupWants(group, pattern)).map(({ _id }) => _id);
  if (groups.length > 0 && wanting.length === 0) return { action: 'pass', why: `no group asks for "${pattern}"` };
  const who =
    wanting.length === 0
      ? 'no consumer group has registered yet'
      : `${wanting.length === 1 ? 'group' : 'groups'} ${wanting.map((group) => `"${group}"`).join(', ')} ` +
        (wanting.length === 1 ? 'asks for it, but has no queue bound' : 'ask for it, but have no queue bound');
  if (onUnroutable === 'skip') return { action: 'pass', why: `${who}; onUnroutable is "skip"` };
  return {
    // Without any group there is nobody that the stream would go on for.
    action: onUnroutable === 'park' && wanting.length > 0 ? 'park' : 'hold',
    why:
      `no queue takes "${pattern}": ${who}. ` +
      (wanting.length === 0
        ? 'Start cdc-consumer'
        : "Start or restart the group's cdc-consumer, which declares its queues") +
      '; the stream goes on by itself.',
  };
}

/** Whether no group asks for it, so that it may pass whatever the stream's setting is. */
export function isNobodys(pattern: string, groups: readonly GroupRegistration[]): boolean {
  return judgeUnroutable(pattern, groups, 'hold').action === 'pass';
}

import type { GroupResetResult, InboxLookup } from '@sluice/contracts';
import { facts, table } from '../output/table.view.js';
import type { Terminal } from '../output/terminal.js';
import { count, orUnknown, timeText } from '../output/text.view.js';

interface Around {
  readonly terminal: Terminal;
}

/** What was opened again of what the group had handled, or would be. `again`: the command that does what was tried. */
export function groupReset(result: GroupResetResult, again: string, { terminal }: Around): string {
  const { name, isApplied, stream, from, to, inboxEntries, fences, controlEvents } = result;
  const title = isApplied
    ? `group "${name}" handles it again when it comes again`
    : `dry run: nothing is changed; group "${name}" would handle it again`;
  const pairs: [string, string][] = [
    ['stream', stream],
    ['from', from],
    ['to', to ?? 'all since then'],
    ['inbox entries', count(inboxEntries)],
    ['documents', count(fences)],
    ['control events', count(controlEvents)],
  ];
  const next = isApplied
    ? `set the position of stream "${stream}" to the same place, then: sluice groups resume ${name}`
    : `to do it: ${again}`;
  return `${title}\n\n${facts(pairs, terminal.width)}\n${next}\n`;
}

/** Who has dealt with an event. */
export function inboxTable({ eventId, entries }: InboxLookup, { terminal }: Around): string {
  if (entries.length === 0) return `no handler with once remembers event ${eventId}\n`;
  const columns = [
    { title: 'GROUP' },
    { title: 'HANDLER', isFlexible: true },
    { title: 'HANDLED' },
    { title: 'STREAM' },
  ];
  const rows = entries.map(({ group, handler, handledAt, stream }) => [
    group,
    handler,
    timeText(handledAt),
    orUnknown(stream),
  ]);
  return table(columns, rows, terminal.width);
}

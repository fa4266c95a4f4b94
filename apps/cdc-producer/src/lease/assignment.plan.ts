import { createHash } from 'node:crypto';

/** A producer that is alive, and the streams that it is configured for. */
export interface AssignableMember {
  readonly id: string;
  readonly joinedAt: Date;
  readonly streams: readonly string[];
}

/** Which member each stream belongs to. */
export type Assignment = ReadonlyMap<string, string>;

/**
 * Spreads the streams evenly; every member computes the same from the same list. Members are taken in the order in which
 * they joined, and each takes from those before it just enough to have its share: whoever joins moves no stream but
 * those that it gets, and a single stream stays where it is.
 */
export function assignmentOf(members: readonly AssignableMember[]): Assignment {
  const owners = new Map<string, string>();
  for (const member of [...members].sort(byJoining)) {
    for (const stream of member.streams) if (!owners.has(stream)) owners.set(stream, member.id);
    takeShare(owners, member);
  }
  return owners;
}

function takeShare(owners: Map<string, string>, member: AssignableMember): void {
  for (;;) {
    const loads = loadsOf(owners);
    const own = loads.get(member.id) ?? 0;
    const loadOn = (stream: string) => loads.get(owners.get(stream) ?? '') ?? 0;
    const most = Math.max(0, ...member.streams.map(loadOn));
    if (most <= own + 1) return;
    const [stream] = member.streams.filter((each) => loadOn(each) === most).sort(byWish(member.id));
    if (stream === undefined) return;
    owners.set(stream, member.id);
  }
}

function loadsOf(owners: Assignment): Map<string, number> {
  const loads = new Map<string, number>();
  for (const owner of owners.values()) loads.set(owner, (loads.get(owner) ?? 0) + 1);
  return loads;
}

function byJoining(a: AssignableMember, b: AssignableMember): number {
  return a.joinedAt.getTime() - b.joinedAt.getTime() || (a.id < b.id ? -1 : 1);
}

/** Each member has its own order of wishes, so that not everyone reaches for the same streams. */
function byWish(member: string): (a: string, b: string) => number {
  const wish = (stream: string) => createHash('sha256').update(`${member} ${stream}`).digest('hex');
  return (a, b) => (wish(a) < wish(b) ? -1 : 1);
}

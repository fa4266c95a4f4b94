import { createHash } from 'node:crypto';

/** What is shared out: streams by their names, partitions by their numbers. */
export type Assignable = string | number;

/** Someone who is alive, and what they can be given. */
export interface AssignableMember<Item extends Assignable> {
  readonly id: string;
  readonly joinedAt: Date;
  readonly items: readonly Item[];
}

/** Which member each item belongs to. */
export type Assignment<Item extends Assignable> = ReadonlyMap<Item, string>;

/** A member, with its items in the order in which it reaches for them. */
interface Taker<Item extends Assignable> extends AssignableMember<Item> {
  readonly wishes: readonly Item[];
}

/**
 * Spreads streams over producers, and partitions over a group's replicas, evenly; every member computes the same from
 * the same list. Members are taken in the order in which they joined, and each takes from those before it just enough to
 * have its share: whoever joins moves no item but those that it gets, and a single item stays where it is.
 */
export function assignmentOf<Item extends Assignable>(members: readonly AssignableMember<Item>[]): Assignment<Item> {
  const owners = new Map<Item, string>();
  for (const member of [...members].sort(byJoining)) {
    for (const item of member.items) if (!owners.has(item)) owners.set(item, member.id);
    takeShare(owners, { ...member, wishes: wishesOf(member) });
  }
  return owners;
}

function takeShare<Item extends Assignable>(owners: Map<Item, string>, { id, wishes }: Taker<Item>): void {
  for (;;) {
    const loads = loadsOf(owners);
    const own = loads.get(id) ?? 0;
    const loadOn = (item: Item) => loads.get(owners.get(item) ?? '') ?? 0;
    const most = Math.max(0, ...wishes.map(loadOn));
    if (most <= own + 1) return;
    const item = wishes.find((each) => loadOn(each) === most);
    if (item === undefined) return;
    owners.set(item, id);
  }
}

function loadsOf(owners: Assignment<Assignable>): Map<string, number> {
  const loads = new Map<string, number>();
  for (const owner of owners.values()) loads.set(owner, (loads.get(owner) ?? 0) + 1);
  return loads;
}

function byJoining(a: AssignableMember<Assignable>, b: AssignableMember<Assignable>): number {
  return a.joinedAt.getTime() - b.joinedAt.getTime() || (a.id < b.id ? -1 : 1);
}

/** Each member has its own order of wishes, so that not everyone reaches for the same items. */
function wishesOf<Item extends Assignable>({ id, items }: AssignableMember<Item>): Item[] {
  const wish = (item: Item) => createHash('sha256').update(`${id} ${item}`).digest('hex');
  return items
    .map((item) => ({ item, rank: wish(item) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item);
}

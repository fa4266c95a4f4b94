import type { Roll } from '../group/member.watch.js';
import type { StoredGroup } from '../group/stored-group.js';

/** Why what a group has handled cannot be opened again as things stand; undefined: it can. */
export function whyNotReset({ _id: name, paused, state }: Pick<StoredGroup, '_id' | 'paused' | 'state'>) {
  if (state !== 'bound') return 'it is joining; try again when it is bound';
  if (paused) return undefined;
  return `its handlers run, and would handle some of it and not the rest: POST /api/v1/groups/${name}/pause, then ask again`;
}

/** Members that may still be in a handler: they have not said since the last change that they have stopped. */
export function stillHandling({ revision }: Pick<StoredGroup, 'revision'>, { alive }: Roll): string[] {
  return alive.filter(({ consuming = true, revision: seen = 0 }) => consuming || seen < revision).map(({ id }) => id);
}

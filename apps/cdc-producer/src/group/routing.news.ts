import type { GroupDirectory } from './group.directory.js';

/**
 * Calls back when the groups have changed in what they bind; the directory itself tells of each reading. Answers how to
 * stop that.
 */
export function onRoutingNews(groups: GroupDirectory, listener: () => void): () => void {
  let known = routingOf(groups);
  return groups.onChange(() => {
    const now = routingOf(groups);
    if (now === known) return;
    known = now;
    listener();
  });
}

function routingOf({ groups }: GroupDirectory): string {
  return JSON.stringify(
    groups.map(({ _id, state, generation, patterns, queues }) => [_id, state, generation, patterns, queues]),
  );
}

/** What both apps say of themselves: `{ published, skipped, group }`, each undefined while its app does not answer. */
export async function statusOf({ producerUrl, consumerUrl }) {
  const [streams, groups] = await Promise.all([
    answerOf(`${producerUrl}/api/v1/streams`),
    answerOf(`${consumerUrl}/api/v1/groups`),
  ]);
  const counters = streams?.streams[0]?.counters;
  return {
    published: counters?.confirmedByOperation,
    skipped: counters?.skipped,
    group: groups?.groups[0]?.counters,
  };
}

async function answerOf(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined; // asked again
  }
}

/** Events that the group is done with: every handler has had them, or they are dead letters. */
export function settledOf({ handled = 0, deadLettered = 0, unmatched = 0 } = {}) {
  return handled + deadLettered + unmatched;
}

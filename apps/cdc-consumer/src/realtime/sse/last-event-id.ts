import { cursorSchema } from '@sluice/contracts';

/**
 * The id of a server-sent event: the cursor, and behind `~` the key by which a browser that came with a ticket comes
 * back. Before there is a cursor it is the key alone, so that one that is cut then finds back too.
 */
export interface EventId {
  readonly cursor: string | undefined;
  readonly returnKey: string | undefined;
}

/** What stands behind the cursor in the ids of a stream. */
export function idSuffix(returnKey: string | undefined): string {
  return returnKey === undefined ? '' : `~${returnKey}`;
}

/** What a browser says that it had last; anything else says nothing. */
export function readEventId(text: string | undefined): EventId {
  const [place, returnKey] = text?.split('~') ?? [];
  const cursor = cursorSchema.safeParse(place);
  return { cursor: cursor.success ? cursor.data : undefined, returnKey };
}

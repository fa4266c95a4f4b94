import type { Document, Timestamp } from 'mongodb';

/** Where a change stream opens. */
export type StartPoint =
  | { readonly kind: 'now' }
  /** Behind a token; `startAfter` also takes the token of an invalidate, which `resumeAfter` refuses. */
  | { readonly kind: 'after'; readonly token: Document }
  /** At a time, inclusive: events of that time come again, which is harmless; left out, they would be lost. */
  | { readonly kind: 'at'; readonly time: Timestamp };

export function startOptions(start: StartPoint): Document {
  switch (start.kind) {
    case 'now':
      return {};
    case 'after':
      return { startAfter: start.token };
    case 'at':
      return { startAtOperationTime: start.time };
  }
}

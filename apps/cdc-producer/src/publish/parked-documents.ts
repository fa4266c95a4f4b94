import type { ChangeMessage } from './change-message.js';
import type { DocumentHash } from './parked-event.js';

/**
 * Decides which events must not go out yet, because something that came before them is parked: a document's behind its
 * own, and a control event (a drop, a gap) behind everything, as everything stands behind a parked control event. A
 * consumer takes a control event as a barrier over all documents: an insert that a drop overtook would be dropped with
 * the collection it came after.
 */
export class ParkedDocuments {
  private readonly parked = new Set<DocumentHash>();
  /** Events on their way into the store, by document. */
  private readonly storing = new Map<DocumentHash, number>();
  /** Documents of which something was parked since `beginRelease`. */
  private readonly touched = new Set<DocumentHash>();
  /** Position of the oldest event that came for the store since `beginPass`, or was on its way there, by document. */
  private readonly late = new Map<DocumentHash, string>();

  get isEmpty(): boolean {
    return this.parked.size === 0;
  }

  /** Something of the document is parked, or is to be. */
  add(document: DocumentHash): void {
    this.parked.add(document);
    this.touched.add(document);
  }

  mustPark({ document }: Pick<ChangeMessage, 'document'>): boolean {
    if (this.parked.size === 0) return false;
    return document === null || this.parked.has(document) || this.parked.has(null);
  }

  store({ document, position }: Pick<ChangeMessage, 'document' | 'position'>): void {
    this.add(document);
    if (!this.late.has(document)) this.late.set(document, position);
    this.storing.set(document, (this.storing.get(document) ?? 0) + 1);
  }

  stored(document: DocumentHash): void {
    const left = (this.storing.get(document) ?? 0) - 1;
    if (left > 0) this.storing.set(document, left);
    else this.storing.delete(document);
  }

  /** Before the store is read from its oldest event on. */
  beginPass(): void {
    for (const document of this.late.keys()) if (!this.storing.has(document)) this.late.delete(document);
  }

  /** Documents of which the pass may have left something out: it came into the store behind where the pass had read. */
  *leftOut(readTo: string): Generator<DocumentHash> {
    for (const [document, position] of this.late) if (position <= readTo) yield document;
  }

  /** Before the store is asked of what is left. */
  beginRelease(): void {
    this.touched.clear();
  }

  /** The store had nothing of these; what came in meanwhile stays. Answers whether any may go out again. */
  release(documents: Iterable<DocumentHash>): boolean {
    let released = false;
    for (const document of documents) {
      if (this.touched.has(document) || this.storing.has(document)) continue;
      released = this.parked.delete(document) || released;
    }
    return released;
  }
}

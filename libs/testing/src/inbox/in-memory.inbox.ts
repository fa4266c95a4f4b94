import {
  fenceKeyOf,
  fenceVerdict,
  Inbox,
  raisesVersion,
  type InboxEntry,
  type InboxOutcome,
  type InboxWork,
  type Version,
} from '@sluice/handlers';

export interface InMemoryInboxOptions {
  /** How long events and deletes are remembered, in milliseconds; default: a week. */
  readonly ttlMs?: number;
  readonly now?: () => Date;
}

type Session = Parameters<InboxWork>[0];

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * An inbox for unit tests, without a server: it remembers and decides as the one in MongoDB does. The session that it
 * gives is a stand-in to be passed on to doubles; what a failing handler wrote elsewhere is not taken back.
 */
export class InMemoryInbox extends Inbox {
  private readonly entries = new Map<string, Date>();
  private readonly versions = new Map<string, { readonly version: Version; readonly deletedAt: Date | undefined }>();
  private readonly running = new Map<string, Promise<unknown>>();
  private readonly ttlMs: number;
  private readonly now: () => Date;

  constructor({ ttlMs = WEEK_MS, now = () => new Date() }: InMemoryInboxOptions = {}) {
    super();
    this.ttlMs = ttlMs;
    this.now = now;
  }

  /** One after another for each document, as transactions on one are in the end. */
  override handle(entry: InboxEntry, work: InboxWork): Promise<InboxOutcome> {
    const fence = entry.document === undefined ? entryKeyOf(entry) : JSON.stringify(fenceKeyOf(entry, entry.document));
    const before = this.running.get(fence) ?? Promise.resolve();
    const result = before.then(() => this.decide(entry, fence, work));
    this.running.set(
      fence,
      result.catch(() => undefined),
    );
    return result;
  }

  private async decide(entry: InboxEntry, fence: string, work: InboxWork): Promise<InboxOutcome> {
    const now = this.now();
    this.forgetBefore(now.getTime() - this.ttlMs);
    const key = entryKeyOf(entry);
    if (this.entries.has(key)) return { kind: 'repeated' };
    const version = this.versions.get(fence)?.version;
    const verdict = fenceVerdict(entry, { version, now, ttlMs: this.ttlMs });
    if (verdict.kind === 'superseded' || verdict.kind === 'expired') return verdict;
    if (verdict.kind === 'handled') {
      await work(standInSession());
      if (entry.document !== undefined && raisesVersion(entry, version)) {
        this.versions.set(fence, { version: entry, deletedAt: entry.document.deleted ? now : undefined });
      }
    }
    this.entries.set(key, now);
    return verdict;
  }

  private forgetBefore(time: number): void {
    for (const [key, handledAt] of this.entries) if (handledAt.getTime() < time) this.entries.delete(key);
    for (const [key, { deletedAt }] of this.versions) {
      if (deletedAt !== undefined && deletedAt.getTime() < time) this.versions.delete(key);
    }
  }
}

function entryKeyOf({ group, handler, eventId }: InboxEntry): string {
  return JSON.stringify([group, handler, eventId]);
}

/** No server stands behind it, so no test may do more with it than pass it on. */
function standInSession(): Session {
  return { inTransaction: () => true } as Session;
}

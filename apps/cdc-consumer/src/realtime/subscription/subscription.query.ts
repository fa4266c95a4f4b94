import { REALTIME_PATHS, type Operation, type Subscription } from '@sluice/contracts';
import type { Permit } from '../access/permit.js';
import { equalityTerms, type EqualityTerm } from './equality-term.js';
import { SnapshotPoint } from './snapshot.point.js';
import type { ChangeFilter } from './telling.policy.js';
import type { View } from './view.js';

/** A longer one is no link that servers and proxies take. */
const MAX_HREF = 4_096;

/** What a subscription asks for, as far as its caller may have it. */
export class SubscriptionQuery implements ChangeFilter {
  readonly namespace: string;
  readonly operations: ReadonlySet<Operation> | undefined;
  readonly permitted: ReadonlySet<Operation> | undefined;
  readonly view: View;

  private constructor(
    private readonly asked: Subscription,
    readonly terms: readonly EqualityTerm[],
    permit: Permit,
  ) {
    this.namespace = asked.namespace;
    this.operations = asked.operations === undefined ? undefined : new Set(asked.operations);
    this.permitted = permit.operations;
    this.view = permit.view;
  }

  /** The same for whoever asks for the same fields of the same documents. */
  get documents(): string {
    const { fields = null } = this.asked;
    const terms = this.terms.map(({ path, key }) => [path, key].join(' ')).sort();
    return JSON.stringify([this.namespace, terms, fields && [...fields].sort()]);
  }

  /** Whether its client has, or gets, documents by a snapshot, to which it adds what it is told. */
  get keepsDocuments(): boolean {
    const { snapshot = false, from } = this.asked;
    return snapshot || (from !== undefined && SnapshotPoint.in(from).point?.isOf(this) === true);
  }

  /** @throws RealtimeRequestError */
  static of(asked: Subscription, permitFor: (asked: Subscription, terms: readonly EqualityTerm[]) => Permit) {
    const terms = equalityTerms(asked.where);
    return new SubscriptionQuery(asked, terms, permitFor(asked, terms));
  }

  /** The same under what is permitted now. @throws RealtimeRequestError */
  under(permitFor: (asked: Subscription, terms: readonly EqualityTerm[]) => Permit): SubscriptionQuery {
    return new SubscriptionQuery(this.asked, this.terms, permitFor(this.asked, this.terms));
  }

  /** Where a document is as it is now, if it still matches. `_id` as Extended JSON. Undefined: too long for a link. */
  hrefOf(id: string): string | undefined {
    const { namespace, where, fields } = this.asked;
    const query = new URLSearchParams({ _id: id });
    if (where !== undefined) query.set('where', JSON.stringify(where));
    if (fields !== undefined) query.set('fields', fields.join(','));
    const href = `${REALTIME_PATHS.documents}/${encodeURIComponent(namespace)}?${query.toString()}`;
    return href.length > MAX_HREF ? undefined : href;
  }
}

import type { BatchTerms } from '../batch/batches.js';
import type { BatchHandler } from '../batch/batch.run.js';
import { withDocument } from '../document/document.parse.js';
import type { OnceOptions } from '../inbox/once.options.js';
import type { HandlerMatch, InvokeHandler } from '../registry/registered.handler.js';
import type { RetryPolicy } from '../retry/retry.policy.js';

/** A handler of single events, as it is called. */
export interface SingleHandler {
  readonly name: string;
  readonly policy: RetryPolicy;
  readonly invoke: InvokeHandler;
}

export interface PreparedSingleHandler extends SingleHandler {
  readonly kind: 'single';
  readonly once: OnceOptions | undefined;
}

export interface PreparedBatchHandler {
  readonly kind: 'batch';
  readonly handler: BatchHandler;
  readonly terms: BatchTerms;
}

/** What does not change from event to event about a handler and its subscription that wants them. */
export type PreparedHandler = PreparedSingleHandler | PreparedBatchHandler;

/** Worked out once for each match: every event of the consumer passes by here. */
export function preparedHandler({ handler, subscription }: HandlerMatch, defaultPolicy: RetryPolicy): PreparedHandler {
  const { name, invoke, invokeBatch } = handler;
  const { batch, document, once, retry } = subscription;
  const policy = { ...defaultPolicy, ...retry };
  if (batch !== undefined && invokeBatch !== undefined) {
    return { kind: 'batch', handler: { name, invoke: invokeBatch, policy }, terms: { batch, document } };
  }
  return { kind: 'single', name, policy, invoke: withDocument(document, invoke), once };
}

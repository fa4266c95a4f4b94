export { BatchContext } from './batch/batch-context.js';
export { BatchEventUnknownError } from './batch/batch-event-unknown.error.js';
export { BatchLimitsInvalidError } from './batch/batch-limits-invalid.error.js';
export { BatchMixedError } from './batch/batch-mixed.error.js';
export type { BatchLimits } from './batch/batch.limits.js';
export { HANDLER_CLOCK, type HandlerClock } from './clock/handler.clock.js';
export { systemClock } from './clock/system.clock.js';
export type { DeliveryInfo } from './context/delivery-info.js';
export { EventContext } from './context/event-context.js';
export { eventFields, eventIdentity, type EventFields, type EventIdentity } from './context/event.fields.js';
export type { TraceContext } from './context/trace-context.js';
export { EVENT_LOGGER, withFields, type EventLogger, type LogFields } from './context/event.logger.js';
export { NestEventLogger } from './context/nest-event.logger.js';
export { HandlerMethodInvalidError } from './decorators/handler-method-invalid.error.js';
export type { HandlerDecorator, HandlerMethod } from './decorators/handler.method.js';
export type { DocumentHandlerOptions, HandlerOptions } from './decorators/handler.options.js';
export { isHandlerClass } from './decorators/handler.class.js';
export { OnBatch, type BatchOperation, type OnBatchOptions } from './decorators/on-batch.decorator.js';
export { OnChange, type OnChangeOptions } from './decorators/on-change.decorator.js';
export { OnDelete, OnGap, OnInsert, OnReplace, OnUpdate } from './decorators/on-operation.decorator.js';
export { DocumentInvalidError } from './document/document-invalid.error.js';
export { DocumentSchemaInvalidError } from './document/document-schema-invalid.error.js';
export type { DocumentOf, SchemaIssue, SchemaResult, StandardSchema } from './document/standard-schema.js';
export { DispatchAbortedError } from './dispatch/dispatch-aborted.error.js';
export type { DispatchResult, HandlerFailure } from './dispatch/dispatch-result.js';
export type { DispatchObserver, HandlerRetry } from './dispatch/dispatch.observer.js';
export { EventRefusedError } from './dispatch/event-refused.error.js';
export type { CallGuard } from './dispatch/call.guard.js';
export type { EarlierAttempts, HandlerParking, WaitingHandler } from './dispatch/handler.parking.js';
export { thrownParts, thrownText, type Thrown } from './dispatch/thrown.js';
export { EventDispatcher } from './dispatch/event.dispatcher.js';
export { HandlersModule, type HandlersAsyncOptions } from './handlers.module.js';
export { HANDLER_RETRY_POLICY, type HandlersOptions } from './handlers.options.js';
export { EventExpiredError } from './inbox/event-expired.error.js';
export { EventSupersededError } from './inbox/event-superseded.error.js';
export { fenceKeyOf, type FenceKey } from './inbox/fence.key.js';
export { inboxEntryOf } from './inbox/inbox-entry.mapper.js';
export { fenceVerdict, raisesVersion, type FenceFacts } from './inbox/inbox.policy.js';
export {
  Inbox,
  type FencedDocument,
  type InboxEntry,
  type InboxOutcome,
  type InboxWork,
  type Version,
} from './inbox/inbox.js';
export { InboxMissingError } from './inbox/inbox-missing.error.js';
export { InboxUnavailableError } from './inbox/inbox-unavailable.error.js';
export type { OnceOptions } from './inbox/once.options.js';
export { SessionMissingError } from './inbox/session-missing.error.js';
export type { MirrorComparison, MirrorDifference } from './mirror/mirror.comparison.js';
export type { MirrorCounters } from './mirror/mirror.counters.js';
export {
  MirrorChangeInapplicableError,
  MirrorDocumentUnknownError,
  MirrorEventExpiredError,
  MirrorFieldReservedError,
  MirrorOptionsInvalidError,
  MirrorRefusedError,
  MirrorUnavailableError,
  MirrorWriteRefusedError,
} from './mirror/mirror.errors.js';
export type { MirrorOptions } from './mirror/mirror.options.js';
export {
  MirrorProjection,
  type MirrorClass,
  type MirrorStatus,
  type MirrorTarget,
} from './mirror/mirror.projection.js';
export { Mirrors, type MirrorDescription } from './mirror/mirrors.js';
export { LIVING_DOCUMENTS, MIRROR_FIELD, type MirrorGap } from './mirror/mirror.state.js';
export { MIRRORS_COLLECTION } from './mirror/mongo-mirror.store.js';
export { HandlerNameTakenError } from './registry/handler-name-taken.error.js';
export { HandlerRegistry, type PatternHandler } from './registry/handler.registry.js';
export type {
  HandlerDescription,
  HandlerMatch,
  HandlerOnce,
  RegisteredHandler,
} from './registry/registered.handler.js';
export { RetryPolicyInvalidError } from './retry/retry-policy-invalid.error.js';
export {
  DEFAULT_RETRY_POLICY,
  LONGEST_PARK_AFTER_MS,
  type RetryOptions,
  type RetryPolicy,
} from './retry/retry.policy.js';
export { HandlerNamespaceInvalidError } from './subscription/handler-namespace-invalid.error.js';
export { HandlerOperationsInvalidError } from './subscription/handler-operations-invalid.error.js';

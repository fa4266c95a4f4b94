export { delivererFor, type Deliver } from './delivery/deliverer.js';
export { unhurriedClock } from './delivery/unhurried.clock.js';
export { EventBuilder, type EventBuilderOptions, type UpdateChanges } from './events/event.builder.js';
export * from './events/events.js';
export { InMemoryInbox, type InMemoryInboxOptions } from './inbox/in-memory.inbox.js';
export { ConditionTimeoutError } from './wait/condition-timeout.error.js';
export { eventually, type EventuallyOptions, type Held } from './wait/eventually.js';

import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { ChangeEvent, Pattern } from '@sluice/contracts';
import { patternSubscription, type Subscription } from '../subscription/subscription.js';
import { settled } from './handler-context.creator.js';
import { HandlerInvoker } from './handler.invoker.js';
import { HandlerMethodSource, type FoundMethod } from './handler.method.source.js';
import { HandlerNameTakenError } from './handler-name-taken.error.js';
import { withoutCovered } from './pattern.cover.js';
import type { HandlerDescription, HandlerMatch, HandlerOnce, RegisteredHandler } from './registered.handler.js';

/** A handler that Nest gives its transport strategy through `addHandler`. */
export interface PatternHandler {
  /** Used where the pattern leads to no controller's method, which then gives the name; default: the pattern. */
  readonly name?: string;
  /** `insert.shop.orders`; may hold RabbitMQ's `*` and `#`. */
  readonly pattern: Pattern;
  /** Nest's callback; its result may be a promise of an observable. */
  invoke(event: ChangeEvent, context: unknown): unknown;
}

/**
 * Knows every handler of the application. Fills itself at the application's bootstrap or at its first use, whichever
 * comes first, and then throws `HandlerNameTakenError` when two handlers bear one name.
 */
@Injectable()
export class HandlerRegistry implements OnApplicationBootstrap {
  private found: { readonly method: FoundMethod; readonly name: string }[] | undefined;
  private readonly byName = new Map<string, RegisteredHandler>();
  /** Of each handler, one for each of its subscriptions; made anew when a handler is added. */
  private candidates: readonly (readonly HandlerMatch[])[] | undefined;

  constructor(
    private readonly source: HandlerMethodSource,
    private readonly invoker: HandlerInvoker,
  ) {}

  onApplicationBootstrap(): void {
    this.methods();
  }

  /**
   * Every handler that wants the event, in a stable order; each once, with the first of its subscriptions that does. A
   * handler and a subscription are the same object for every event, so that what is worked out of them can be kept.
   */
  matching(event: ChangeEvent): HandlerMatch[] {
    this.candidates ??= this.handlers().map((handler) =>
      handler.subscriptions.map((subscription) => ({ handler, subscription })),
    );
    const found: HandlerMatch[] = [];
    for (const candidates of this.candidates) {
      const match = candidates.find(({ subscription }) => subscription.wants(event));
      if (match !== undefined) found.push(match);
    }
    return found;
  }

  /** The fewest AMQP patterns (without bucket), sorted, that bring every handler its events: the group's bindings. */
  patterns(): Pattern[] {
    return withoutCovered(this.describe().flatMap(({ patterns }) => patterns));
  }

  describe(): HandlerDescription[] {
    return this.handlers().map(({ name, subscriptions }) => ({
      name,
      patterns: subscriptions.flatMap(({ patterns }) => patterns),
      ...maxEventsOf(subscriptions),
    }));
  }

  /** One entry for each decorator with `once`. */
  describeOnce(): HandlerOnce[] {
    return this.handlers().flatMap(({ name, subscriptions }) =>
      subscriptions.flatMap(({ once }) => (once === undefined ? [] : [{ name, once }])),
    );
  }

  /**
   * Takes a handler from Nest's `Server.addHandler`. A method that `@EventPattern` decorates is called past Nest's
   * callback, which answers every error with "Internal server error"; that callback is used for patterns that no
   * controller declares.
   */
  registerPatternHandler(handler: PatternHandler): void {
    const { pattern, name = `@EventPattern(${pattern})` } = handler;
    if (this.activateEventPattern(pattern)) return;
    const invoke: RegisteredHandler['invoke'] = async (event, context) => settled(handler.invoke(event, context));
    this.add({ name: this.freeName(name), subscriptions: [patternSubscription(pattern)], invoke });
  }

  /** The patterns that controllers declare with `@EventPattern`, whether a transport has asked for them or not. */
  declaredEventPatterns(): Pattern[] {
    return [...new Set(this.methods().flatMap(({ method }) => method.eventPatterns))];
  }

  /** Subscribes the controllers' methods that declare this pattern; `false` if there is none. */
  activateEventPattern(pattern: Pattern): boolean {
    const declaring = this.methods().filter(({ method }) => method.eventPatterns.includes(pattern));
    for (const { method, name } of declaring) {
      const handler = this.byName.get(name) ?? { name, subscriptions: [], invoke: this.invoker.bind(method) };
      const isActive = handler.subscriptions.some(({ patterns }) => patterns.includes(pattern));
      if (!isActive) this.add({ ...handler, subscriptions: [...handler.subscriptions, patternSubscription(pattern)] });
    }
    return declaring.length > 0;
  }

  private handlers(): RegisteredHandler[] {
    this.methods();
    return [...this.byName.values()];
  }

  private methods() {
    this.found ??= this.discover();
    return this.found;
  }

  private discover() {
    const found = this.source.find().map((method) => ({ method, name: `${method.className}.${method.methodName}` }));
    refuseTakenNames(found);
    for (const { method, name } of found) {
      const { subscriptions } = method;
      if (subscriptions.length === 0) continue;
      const invoke = this.invoker.bind(method);
      const takesBatches = subscriptions.some(({ batch }) => batch !== undefined);
      this.add({ name, subscriptions, invoke, ...(takesBatches ? { invokeBatch: invoke } : {}) });
    }
    return found;
  }

  private add(handler: RegisteredHandler): void {
    this.candidates = undefined;
    this.byName.set(handler.name, handler);
  }

  private freeName(name: string): string {
    this.methods();
    if (!this.byName.has(name)) return name;
    for (let count = 2; ; count++) if (!this.byName.has(`${name}#${String(count)}`)) return `${name}#${String(count)}`;
  }
}

function maxEventsOf(subscriptions: readonly Subscription[]): Pick<HandlerDescription, 'maxEvents'> {
  const sizes = subscriptions.flatMap(({ batch }) => batch?.maxEvents ?? []);
  return sizes.length === 0 ? {} : { maxEvents: Math.max(...sizes) };
}

function refuseTakenNames(found: readonly { readonly method: FoundMethod; readonly name: string }[]): void {
  const modules = new Map<string, string[]>();
  for (const { method, name } of found) {
    modules.set(name, [...(modules.get(name) ?? []), String(method.wrapper.host?.name ?? 'an unknown module')]);
  }
  for (const [name, hosts] of modules) if (hosts.length > 1) throw new HandlerNameTakenError(name, hosts);
}

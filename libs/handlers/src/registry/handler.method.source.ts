import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { subscriptionsOf } from '../decorators/handler.metadata.js';
import type { Subscription } from '../subscription/subscription.js';
import { eventPatternsOf } from './event-pattern.metadata.js';

/** Nest's record of one provider or controller. */
export type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A method that asks for events, and the instance that it belongs to. */
export interface FoundMethod {
  readonly className: string;
  readonly methodName: string;
  readonly wrapper: InstanceWrapper;
  /** From `@OnInsert` and its like. */
  readonly subscriptions: readonly Subscription[];
  /** From Nest's `@EventPattern`, which counts on controllers only. */
  readonly eventPatterns: readonly string[];
}

/** Finds the handler methods of every provider and controller of the application. */
@Injectable()
export class HandlerMethodSource {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  find(): FoundMethod[] {
    const seen = new WeakSet<object>();
    return [
      ...this.discovery.getControllers().flatMap((wrapper) => this.methodsOf(wrapper, seen, true)),
      ...ownClassesFirst(this.discovery.getProviders()).flatMap((wrapper) => this.methodsOf(wrapper, seen, false)),
    ];
  }

  /** `seen`: a factory or an alias may hand out an instance that another provider made; it is one handler still. */
  private methodsOf(wrapper: InstanceWrapper, seen: WeakSet<object>, isController: boolean): FoundMethod[] {
    const instance: unknown = wrapper.isAlias ? undefined : wrapper.instance;
    if (typeof instance !== 'object' || instance === null || seen.has(instance)) return [];
    seen.add(instance);
    const prototype: unknown = Object.getPrototypeOf(instance);
    if (typeof prototype !== 'object' || prototype === null) return [];
    return this.scanner
      .getAllMethodNames(prototype)
      .map((methodName) => {
        const callback: unknown = Reflect.get(prototype, methodName);
        return {
          className: instance.constructor.name,
          methodName,
          wrapper,
          subscriptions: subscriptionsOf(callback),
          eventPatterns: isController ? eventPatternsOf(callback) : [],
        };
      })
      .filter(({ subscriptions, eventPatterns }) => subscriptions.length > 0 || eventPatterns.length > 0);
  }
}

/** An instance belongs to the module that made it from its class, not to one whose factory passes it on. */
function ownClassesFirst(wrappers: readonly InstanceWrapper[]): InstanceWrapper[] {
  return [...wrappers].sort((a, b) => Number(a.isNotMetatype) - Number(b.isNotMetatype));
}

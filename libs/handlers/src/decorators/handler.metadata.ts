import 'reflect-metadata';
import { BatchMixedError } from '../batch/batch-mixed.error.js';
import type { Subscription } from '../subscription/subscription.js';
import { HandlerMethodInvalidError } from './handler-method-invalid.error.js';

const SUBSCRIPTIONS = 'sluice:subscriptions';

/**
 * Adds a subscription to a method. It is kept on the function itself, as Nest keeps guards: a subclass that overrides
 * the method without decorators thereby takes off both, and never a guard alone.
 */
export function subscribe(place: string, target: object, callback: unknown, subscription: Subscription): void {
  if (typeof target === 'function' || typeof callback !== 'function') throw new HandlerMethodInvalidError(place);
  const others = subscriptionsOf(callback);
  const mixed = others.some(({ batch }) => (batch === undefined) !== (subscription.batch === undefined));
  if (mixed) throw new BatchMixedError(place);
  // Decorators are applied from the bottom up; the order of the source is kept, because the first that wants wins.
  Reflect.defineMetadata(SUBSCRIPTIONS, [subscription, ...others], callback);
}

/** `@OnInsert on OrderHandler.inserted`: where to look for a decorator's fault. */
export function placeOf(decorator: string, target: object, method: string): string {
  const className = typeof target === 'function' ? target.name : target.constructor.name;
  return `${decorator} on ${className}.${method}`;
}

/** The subscriptions of a method, in the order of its decorators; empty for what is no handler. */
export function subscriptionsOf(callback: unknown): readonly Subscription[] {
  if (typeof callback !== 'function') return [];
  const stored: unknown = Reflect.getMetadata(SUBSCRIPTIONS, callback);
  return (stored ?? []) as readonly Subscription[]; // written by `subscribe` alone
}

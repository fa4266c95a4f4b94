import { MetadataScanner } from '@nestjs/core';
import { eventPatternsOf } from '../registry/event-pattern.metadata.js';
import { subscriptionsOf } from './handler.metadata.js';

/** Whether a value is a class with at least one handler method, its own or inherited. */
export function isHandlerClass(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  if (typeof prototype !== 'object' || prototype === null) return false;
  return new MetadataScanner().getAllMethodNames(prototype).some((name) => {
    const method: unknown = Reflect.get(prototype, name);
    return subscriptionsOf(method).length > 0 || eventPatternsOf(method).length > 0;
  });
}

import { PATTERN_HANDLER_METADATA, PATTERN_METADATA, TRANSPORT_METADATA } from '@nestjs/microservices/constants.js';
import { PatternHandler } from '@nestjs/microservices/enums/pattern-handler.enum.js';
import 'reflect-metadata';

/**
 * The patterns that Nest's `@EventPattern` gave a method, as far as they are strings; empty for other methods and for
 * those that are marked for one of Nest's own transports (a number), which this is not.
 */
export function eventPatternsOf(callback: unknown): readonly string[] {
  if (typeof callback !== 'function') return [];
  if (Reflect.getMetadata(PATTERN_HANDLER_METADATA, callback) !== PatternHandler.EVENT) return [];
  if (typeof Reflect.getMetadata(TRANSPORT_METADATA, callback) === 'number') return [];
  const patterns: unknown = Reflect.getMetadata(PATTERN_METADATA, callback);
  return Array.isArray(patterns) ? patterns.filter((pattern) => typeof pattern === 'string') : [];
}

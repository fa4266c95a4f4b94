import { PATTERN_HANDLER_METADATA, PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import { PatternHandler } from '@nestjs/microservices/enums/pattern-handler.enum.js';
import 'reflect-metadata';

/** The patterns that Nest's `@EventPattern` gave a method, as far as they are strings; empty for other methods. */
export function eventPatternsOf(callback: unknown): readonly string[] {
  if (typeof callback !== 'function') return [];
  if (Reflect.getMetadata(PATTERN_HANDLER_METADATA, callback) !== PatternHandler.EVENT) return [];
  const patterns: unknown = Reflect.getMetadata(PATTERN_METADATA, callback);
  return Array.isArray(patterns) ? patterns.filter((pattern) => typeof pattern === 'string') : [];
}

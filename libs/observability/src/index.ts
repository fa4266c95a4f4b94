export * from './logger.js';
export * from './metrics/latency.histogram.js';
export * from './metrics/memory.growth.js';
export * from './metrics/metric.family.js';
export * from './metrics/metric.registry.js';
export * from './metrics/metrics-page.mapper.js';
export * from './metrics/tally.book.js';
export * from './nest-logger.js';

export * from './connection/rabbit.connection.js';
export * from './topology/partition.plan.js';

export * from './connection/rabbit.connection.js';
export * from './topology/partition.plan.js';
export * from './client/confirm.session.js';
export * from './client/confirmed-rmq.client.js';
export * from './client/emit.channel.js';
export * from './client/outgoing-message.js';
export * from './client/publish.error.js';

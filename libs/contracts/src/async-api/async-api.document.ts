import { CONTENT_TYPE_JSON, DEFAULT_EXCHANGE, topologyNames } from '../names.js';
import { isControlOperation } from '../operation.js';
import { REALTIME_PATHS } from '../realtime/realtime.paths.js';
import type { AsyncApiChannel, AsyncApiDocument, AsyncApiOperation, AsyncApiReference } from './async-api.types.js';
import { deadLetterMessage, eventComponents, eventMessages, eventSchemas, operationOf } from './event.messages.js';
import { realtimeAnswers, realtimeComponents, realtimeRequests } from './realtime.messages.js';

const BINDING_VERSION = '0.3.0';
const RABBITMQ = [{ $ref: '#/servers/rabbitmq' }];
const DOCUMENT_EVENTS = eventSchemas.map(operationOf).filter((operation) => !isControlOperation(operation));
const CONTROL_EVENTS = eventSchemas.map(operationOf).filter(isControlOperation);

const DESCRIPTION =
  'Changes of MongoDB as they come to RabbitMQ, and what live push tells its clients. ' +
  'Bodies are Extended JSON; a stream with `format: bson` sends the same as `application/bson`.';

/** The description of every message that Sluice sends, as AsyncAPI 3: served at `/asyncapi`, committed in docs/api. */
export function describeMessages(exchange: string = DEFAULT_EXCHANGE): AsyncApiDocument {
  const messages = {
    ...eventMessages(),
    deadLetter: deadLetterMessage(),
    ...realtimeRequests(),
    ...realtimeAnswers(),
  };
  return {
    asyncapi: '3.1.0',
    info: { title: 'Sluice', version: '1', description: DESCRIPTION },
    defaultContentType: CONTENT_TYPE_JSON,
    servers: {
      rabbitmq: { host: '{host}', protocol: 'amqp', protocolVersion: '0.9.1', variables: HOST },
      consumer: { host: '{host}', protocol: 'ws', description: 'cdc-consumer, with live push on', variables: HOST },
    },
    channels: channels(exchange),
    operations: OPERATIONS,
    components: { messages, schemas: { ...eventComponents(), ...realtimeComponents() } },
  };
}

const HOST = { host: { description: 'Name and port' } };

function channels(exchange: string): Record<string, AsyncApiChannel> {
  return {
    events: {
      address: '{bucket}.{operation}.{db}.{collection}',
      title: 'Changes of documents',
      description: 'The address is the routing key; one over 255 bytes has `~.<hash>` in place of the collection.',
      servers: RABBITMQ,
      parameters: {
        bucket: { description: 'Of the document, 00 to 63: its changes stay in order', examples: ['07'] },
        operation: { description: 'The kind of change', examples: DOCUMENT_EVENTS },
        db: { description: 'Its database', examples: ['shop'] },
        collection: { description: 'Its collection; may hold dots', examples: ['orders'] },
      },
      messages: refer(DOCUMENT_EVENTS),
      bindings: routingKeyOn(exchange, 'topic'),
    },
    controlEvents: {
      address: '{operation}.{subject}',
      title: 'Changes of whole namespaces, and of streams',
      description: 'Without a bucket: they come to every partition of a group, and are handled once.',
      servers: RABBITMQ,
      parameters: {
        operation: { description: 'The kind of change', examples: CONTROL_EVENTS },
        subject: { description: 'A namespace, a database, or a stream', examples: ['shop.orders'] },
      },
      messages: refer(CONTROL_EVENTS),
      bindings: routingKeyOn(exchange, 'topic'),
    },
    deadLetters: {
      address: '{group}',
      title: 'What a group could not handle',
      description: 'Kept in a queue for each group until somebody replays or discards it.',
      servers: RABBITMQ,
      parameters: { group: { description: 'The consumer group', examples: ['default'] } },
      messages: refer(['deadLetter']),
      bindings: routingKeyOn(topologyNames(exchange).deadLetterExchange, 'direct'),
    },
    realtime: {
      address: REALTIME_PATHS.socket,
      title: 'Live push over WebSocket',
      description: 'One JSON message a text frame.',
      servers: [{ $ref: '#/servers/consumer' }],
      messages: refer([...Object.keys(realtimeRequests()), ...Object.keys(realtimeAnswers())]),
      bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
    },
  };
}

function routingKeyOn(exchange: string, type: 'topic' | 'direct'): object {
  const target = { name: exchange, type, durable: true, autoDelete: false };
  return { amqp: { is: 'routingKey', exchange: target, bindingVersion: BINDING_VERSION } };
}

function refer(names: readonly string[]): Record<string, AsyncApiReference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

function operation(
  action: AsyncApiOperation['action'],
  channel: string,
  summary: string,
  names: readonly string[],
): AsyncApiOperation {
  const messages = names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }));
  return { action, channel: { $ref: `#/channels/${channel}` }, summary, messages };
}

const OPERATIONS: Readonly<Record<string, AsyncApiOperation>> = {
  publishChanges: operation('send', 'events', 'cdc-producer publishes, confirmed', DOCUMENT_EVENTS),
  publishControl: operation('send', 'controlEvents', 'cdc-producer publishes, confirmed', CONTROL_EVENTS),
  handleChanges: operation('receive', 'events', 'cdc-consumer handles, in the order of each document', DOCUMENT_EVENTS),
  handleControl: operation('receive', 'controlEvents', 'cdc-consumer handles, once for the group', CONTROL_EVENTS),
  giveUp: operation('send', 'deadLetters', 'cdc-consumer publishes, confirmed, before it acknowledges', ['deadLetter']),
  takeRequests: operation('receive', 'realtime', 'A client subscribes', Object.keys(realtimeRequests())),
  tellChanges: operation(
    'send',
    'realtime',
    'cdc-consumer tells what it subscribed to',
    Object.keys(realtimeAnswers()),
  ),
};

import {
  APP_ID,
  bucketOfRaw,
  documentSlice,
  elementsOf,
  encodeRawChange,
  eventIdOf,
  HEADER_EPOCH,
  HEADER_POSITION,
  HEADER_STREAM,
  IncompleteChangeError,
  isControlOperation,
  MESSAGE_TYPE,
  namespaceName,
  patternOf,
  positionKey,
  routingKeyOf,
  type Position,
  type RawChange,
} from '@sluice/contracts';
import { StreamStoppedError } from '../change-stream/stream.error.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { ChangeMessage } from '../publish/change-message.js';

/** Turns a raw change into the message that carries it. */
export class ChangeMessageMapper {
  constructor(
    private readonly stream: StreamSettings,
    private readonly exchange: string,
    private readonly epoch: number,
  ) {}

  /** @throws StreamStoppedError for a message over `maxMessageBytes`; MalformedBsonError, IncompleteChangeError. */
  messageOf(change: RawChange, position: Position): ChangeMessage {
    const { name, format, maxMessageBytes } = this.stream;
    const { operation, ns } = change;
    const id = eventIdOf(change.resumeToken);
    const pattern = patternOf({ operation, ns, stream: name });
    const capture = { id, stream: name, position, epoch: this.epoch, capturedAt: new Date() };
    const { body, contentType } = encodeRawChange(change, capture, pattern, format);
    if (body.length > maxMessageBytes) throw oversize(name, pattern, body.length, maxMessageBytes);
    return {
      id,
      pattern,
      operation,
      exchange: this.exchange,
      routingKey: routingKeyOf(bucketOf(change), pattern),
      body,
      properties: {
        messageId: id,
        timestamp: position.clusterTime.t,
        type: MESSAGE_TYPE,
        contentType,
        appId: APP_ID,
        persistent: true,
        mandatory: true,
        headers: { [HEADER_STREAM]: name, [HEADER_POSITION]: positionKey(position), [HEADER_EPOCH]: this.epoch },
      },
    };
  }
}

function bucketOf({ bson, fields, operation, ns }: RawChange): number | undefined {
  if (isControlOperation(operation)) return undefined;
  const key = fields.get('documentKey');
  if (key === undefined) throw new IncompleteChangeError('documentKey');
  const document = documentSlice(bson, key);
  const id = elementsOf(document).get('_id');
  if (id === undefined) throw new IncompleteChangeError('documentKey');
  if (ns.db === undefined || ns.coll === undefined) throw new IncompleteChangeError('ns');
  return bucketOfRaw(namespaceName({ db: ns.db, coll: ns.coll }), document, id);
}

function oversize(stream: string, pattern: string, bytes: number, limit: number): StreamStoppedError {
  return new StreamStoppedError(
    'SLUICE-MESSAGE-OVERSIZE',
    `stream "${stream}": a "${pattern}" event makes a message of ${bytes} bytes; maxMessageBytes allows ${limit}. ` +
      'Raise it (RabbitMQ 4 takes 16 MiB at most), use format: bson, or project large fields away in the pipeline.',
  );
}

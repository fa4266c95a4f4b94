import {
  APP_ID,
  bucketOfHash,
  documentHashOf,
  documentSlice,
  elementsOf,
  encodeChangeEvent,
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
  SCHEMA_VERSION,
  type EncodedMessage,
  type GapEvent,
  type Position,
  type RawChange,
} from '@sluice/contracts';
import type { Gap } from '../change-stream/gap.plan.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { ChangeMessage } from '../publish/change-message.js';

interface MessageParts extends Pick<ChangeMessage, 'id' | 'pattern' | 'operation'>, EncodedMessage {
  readonly position: Position;
}

/** Turns a raw change into the message that carries it. */
export class ChangeMessageMapper {
  constructor(
    private readonly stream: StreamSettings,
    private readonly exchange: string,
    private readonly epoch: number,
  ) {}

  /** Of whatever size it comes to. @throws MalformedBsonError, IncompleteChangeError */
  messageOf(change: RawChange, position: Position): ChangeMessage {
    const { name, format } = this.stream;
    const { operation, ns } = change;
    const id = eventIdOf(change.identity);
    const pattern = patternOf({ operation, ns, stream: name });
    const capture = { id, stream: name, position, epoch: this.epoch, capturedAt: new Date() };
    const { body, contentType } = encodeRawChange(change, capture, pattern, format);
    return this.messageWith({ id, pattern, operation, position, body, contentType }, documentOf(change));
  }

  /**
   * The message that tells of lost changes. Its id and position follow from the stream and where the gap begins: told
   * again after a crash, it is the same event.
   */
  gapMessageOf({ from, to }: Gap, position: Position): ChangeMessage {
    const { name, format } = this.stream;
    const event: GapEvent = {
      id: eventIdOf(Buffer.from(`gap ${name} ${positionKey(position)}`)),
      stream: name,
      operation: 'gap',
      ns: {},
      from,
      to,
      position,
      source: { resumeToken: {}, epoch: this.epoch, snapshot: false, capturedAt: new Date() },
      schemaVersion: SCHEMA_VERSION,
    };
    const { id, operation } = event;
    const pattern = patternOf(event);
    return this.messageWith({ id, pattern, operation, position, ...encodeChangeEvent(event, format) }, null);
  }

  private messageWith(
    { id, pattern, operation, position, body, contentType }: MessageParts,
    document: number | null,
  ): ChangeMessage {
    const key = positionKey(position);
    return {
      id,
      pattern,
      operation,
      position: key,
      document,
      exchange: this.exchange,
      routingKey: routingKeyOf(document === null ? undefined : bucketOfHash(document), pattern),
      body,
      properties: {
        messageId: id,
        timestamp: position.clusterTime.t,
        type: MESSAGE_TYPE,
        contentType,
        appId: APP_ID,
        persistent: true,
        mandatory: true,
        headers: {
          [HEADER_STREAM]: this.stream.name,
          [HEADER_POSITION]: key,
          [HEADER_EPOCH]: this.epoch,
        },
      },
    };
  }
}

function documentOf({ bson, fields, operation, ns }: RawChange): number | null {
  if (isControlOperation(operation)) return null;
  const key = fields.get('documentKey');
  if (key === undefined) throw new IncompleteChangeError('documentKey');
  const document = documentSlice(bson, key);
  const id = elementsOf(document).get('_id');
  if (id === undefined) throw new IncompleteChangeError('documentKey');
  if (ns.db === undefined || ns.coll === undefined) throw new IncompleteChangeError('ns');
  return documentHashOf(namespaceName({ db: ns.db, coll: ns.coll }), document, id);
}

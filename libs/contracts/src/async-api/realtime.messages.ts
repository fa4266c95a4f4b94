import type { z } from 'zod';
import { CONTENT_TYPE_JSON } from '../names.js';
import { realtimeEventSchema, realtimeMessageSchema } from '../realtime/realtime-message.js';
import { realtimeRequestSchema } from '../realtime/realtime-request.js';
import { realtimeValueSchema } from '../realtime/realtime-value.js';
import type { AsyncApiMessage } from './async-api.types.js';
import { namedSchemas, referenceTo, type JsonSchema } from './wire.schema.js';

const requests = realtimeRequestSchema.options;
const answers = realtimeMessageSchema.options;

/** What clients send over the WebSocket, by its `type`. */
export function realtimeRequests(): Record<string, AsyncApiMessage> {
  return Object.fromEntries(requests.map((schema) => namedMessage(schema, schema.shape.type.value)));
}

/** What they are sent. */
export function realtimeAnswers(): Record<string, AsyncApiMessage> {
  return Object.fromEntries(answers.map((schema) => namedMessage(schema, schema.shape.type.value)));
}

export function realtimeComponents(): Record<string, JsonSchema> {
  return namedSchemas([...requests, ...answers, realtimeEventSchema, realtimeValueSchema], false);
}

function namedMessage(schema: z.ZodType, type: string): [string, AsyncApiMessage] {
  const name = `realtime-${type}`;
  return [name, { name, title: `\`${type}\``, contentType: CONTENT_TYPE_JSON, payload: referenceTo(schema) }];
}

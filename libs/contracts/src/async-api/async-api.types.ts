import type { JsonSchema } from './wire.schema.js';

/** The parts of an AsyncAPI 3 document that ours has: https://www.asyncapi.com/docs/reference/specification/v3.1.0 */

export interface AsyncApiReference {
  readonly $ref: string;
}

export interface AsyncApiMessage {
  readonly name: string;
  readonly title: string;
  readonly summary?: string;
  readonly contentType: string;
  readonly headers?: JsonSchema;
  readonly payload: object;
  readonly bindings?: object;
  readonly examples?: readonly { readonly name?: string; readonly headers?: object; readonly payload: unknown }[];
}

export interface AsyncApiChannel {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly servers: readonly AsyncApiReference[];
  readonly parameters?: Readonly<Record<string, { readonly description: string; readonly examples?: string[] }>>;
  readonly messages: Readonly<Record<string, AsyncApiReference>>;
  readonly bindings: object;
}

export interface AsyncApiOperation {
  readonly action: 'send' | 'receive';
  readonly channel: AsyncApiReference;
  readonly summary: string;
  readonly messages: readonly AsyncApiReference[];
}

export interface AsyncApiDocument {
  readonly asyncapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly defaultContentType: string;
  readonly servers: Readonly<Record<string, object>>;
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  readonly operations: Readonly<Record<string, AsyncApiOperation>>;
  readonly components: {
    readonly messages: Readonly<Record<string, AsyncApiMessage>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

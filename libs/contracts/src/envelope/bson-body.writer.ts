import { BsonBuilder } from '../codec/bson-builder.js';
import type { BsonElement } from '../codec/bson-walker.js';
import type { EnvelopeWriter, FieldValue } from './envelope.fields.js';

interface Level {
  readonly name: string;
  readonly builder: BsonBuilder;
}

/** Writes one body as BSON. */
export class BsonBodyWriter implements EnvelopeWriter {
  private builder = new BsonBuilder();
  /** What the embedded document that is being written stands in, and its name there. */
  private readonly outer: Level[] = [];

  finish(): Buffer {
    return this.builder.build();
  }

  raw(name: string, bson: Uint8Array, element: BsonElement): void {
    this.builder.element(name, bson, element);
  }

  value(name: string, value: FieldValue): void {
    this.builder.value(name, value);
  }

  begin(name: string): void {
    this.outer.push({ name, builder: this.builder });
    this.builder = new BsonBuilder();
  }

  end(): void {
    const level = this.outer.pop();
    if (level !== undefined) this.builder = level.builder.value(level.name, this.builder);
  }
}

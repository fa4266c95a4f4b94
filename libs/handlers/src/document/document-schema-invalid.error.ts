/** A decorator's `document` is no schema that can be asked. */
export class DocumentSchemaInvalidError extends Error {
  readonly code = 'SLUICE-HANDLER-SCHEMA-INVALID';
  override readonly name = 'DocumentSchemaInvalidError';

  /** `place`: the decorator, the class and the method. */
  constructor(place: string) {
    super(
      `SLUICE-HANDLER-SCHEMA-INVALID  ${place}: document is no schema. ` +
        'Give one that has Standard Schema version 1 (https://standardschema.dev), as zod, Valibot and ArkType make them.',
    );
  }
}

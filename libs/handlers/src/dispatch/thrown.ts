/** What was thrown, as far as it can be told in words; not always an `Error`. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

export function thrownParts(error: unknown): Thrown {
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: error === null ? 'null' : typeof error, message: textOf(error) };
}

/** `TypeError: no total` */
export function thrownText(error: unknown): string {
  const { name, message } = thrownParts(error);
  return `${name}: ${message}`;
}

function textOf(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return 'a value that cannot be shown'; // circular, or a getter that throws
  }
}

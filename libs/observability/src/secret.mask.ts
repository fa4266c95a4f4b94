const MASK = '***';
/** Shorter ones would be found in the middle of words; in a URI they are found by their place. */
const LEAST_LENGTH = 8;

/**
 * A URI's password, to the last `@`: one that its writer did not encode may have an `@`, a `/` or a `?` in it. Ends at
 * what ends a text in JSON.
 */
const PASSWORD = /(\w+:\/\/[^:@/\s"\\]*):[^\s"\\]*@/g;

/** A URI in a message must not carry its password. */
export function withoutPassword(text: string): string {
  return text.includes('://') ? text.replace(PASSWORD, `$1:${MASK}@`) : text;
}

/**
 * Takes an app's own secrets out of whatever it is about to say. Errors of drivers and of Node.js quote what they were
 * given (`new URL` keeps its input), and a dependency may begin to do so with any version: so beside leaving secrets out
 * where they are known to come, the last step before a line of the log or an answer goes through here.
 */
export class SecretMask {
  private readonly known: RegExp | undefined;

  /** `secrets`: as they were configured; their encoded forms are found too. */
  constructor(secrets: Iterable<string>) {
    const forms = [...secrets].filter(({ length }) => length >= LEAST_LENGTH).flatMap(formsOf);
    const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
    this.known = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.map(literal).join('|'), 'g');
  }

  /** The text without them; what was JSON stays JSON. */
  apply(text: string): string {
    const unknown = this.known === undefined ? text : text.replace(this.known, MASK);
    return withoutPassword(unknown);
  }
}

/** As it is, as URIs and JSON write it, and as it stands in an encoded header of its own. */
function formsOf(secret: string): string[] {
  const plain = decoded(secret);
  const base64 = [secret, plain].map((text) => Buffer.from(text).toString('base64').replace(/=+$/, ''));
  const forms = [secret, plain, encodeURIComponent(plain), encodeURI(plain), ...base64];
  return forms.flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no encoding: taken as it is
  }
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

import type { Command } from 'commander';
import { z } from 'zod';
import { CONSUMER, PRODUCER, type AdminApp } from './admin/admin.app.js';
import { AdminClient } from './admin/admin.client.js';
import { secureFetch } from './admin/secure.fetch.js';
import { TOKEN_VARIABLE, tokenFrom } from './admin/token.source.js';
import { usageError } from './cli.error.js';
import type { Terminal } from './output/terminal.js';

/** What a command has of the world around it. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => Date;
  /** The user's name on this machine: who asks, unless `--by` says otherwise. */
  readonly user: string;
  /** How a shell calls this program. */
  readonly executable: string;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

const sharedOptionsSchema = z.object({
  producerUrl: z.string().optional(),
  consumerUrl: z.string().optional(),
  tokenFile: z.string().optional(),
  json: z.boolean().default(false),
});

/** The options that every command has. */
export function addSharedOptions(program: Command): void {
  program
    .option('--json', 'print what the admin HTTP answers, as JSON')
    .option('--producer-url <url>', `where cdc-producer is (${PRODUCER.urlVariable}, ${PRODUCER.defaultUrl})`)
    .option('--consumer-url <url>', `where cdc-consumer is (${CONSUMER.urlVariable}, ${CONSUMER.defaultUrl})`)
    .option('--token-file <file>', `file with the token for both (${TOKEN_VARIABLE})`);
}

/** One call of a command: the apps that it asks, and where its answer goes. */
export class Session {
  readonly producer: AdminClient;
  readonly consumer: AdminClient;
  readonly isJson: boolean;

  private constructor(
    readonly around: Surroundings,
    options: z.infer<typeof sharedOptionsSchema>,
  ) {
    const { environment, signal } = around;
    const fetch = secureFetch(environment, around.fetch);
    const token = tokenFrom(options.tokenFile, environment[TOKEN_VARIABLE]);
    const client = (app: AdminApp, url: string | undefined) =>
      new AdminClient({ app, token, fetch, signal, url: urlOf(app, url ?? environment[app.urlVariable]) });
    this.producer = client(PRODUCER, options.producerUrl);
    this.consumer = client(CONSUMER, options.consumerUrl);
    this.isJson = options.json;
  }

  /** @throws CliError */
  static of(around: Surroundings, command: Command): Session {
    return new Session(around, sharedOptionsSchema.parse(command.optsWithGlobals()));
  }

  /** Prints an answer: for programs as it came, for people as `view` draws it. */
  show<T>(answer: T, view: (answer: T, around: Surroundings) => string): void {
    this.around.terminal.write(this.isJson ? `${JSON.stringify(answer, null, 2)}\n` : view(answer, this.around));
  }
}

function urlOf({ urlOption, urlVariable, defaultUrl }: AdminApp, given: string = defaultUrl): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw usageError(`"${given}" is no address of an app`, `${urlOption} and ${urlVariable} take http(s)://host:port`);
  if (url.username !== '' || url.password !== '')
    throw usageError(
      `the address of ${urlOption} or ${urlVariable} has a user or a password in it`,
      `the admin HTTP asks for a token: --token-file FILE, or the variable ${TOKEN_VARIABLE}`,
    );
  return given.replace(/\/+$/, '');
}

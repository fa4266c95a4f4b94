import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { AppProcess } from './app.process.js';
import type { LocalRequest } from './local.request.js';

/** Signs that have to be encoded in a URI: what is found must not depend on how it is written. */
const AWKWARD = '@/?:%';

/** Secrets that a test gives to the apps, and looks for in everything that these say. */
export class PlantedSecrets {
  private readonly cores = new Map<string, string>();

  /** A secret that headers and lists can carry. */
  plant(name: string): string {
    const core = randomBytes(12).toString('hex');
    this.cores.set(name, core);
    return `planted-${core}`;
  }

  /** One for the place of a password in a URI, encoded. */
  plantPassword(name: string): string {
    return encodeURIComponent(`${this.plant(name)}${AWKWARD}`);
  }

  /** Of an app that says all that it can: a secret in every place but the two URIs. `nobody`: where nothing answers. */
  environment(nobody: string) {
    const hashed = createHash('sha256').update(this.plant('a named token')).digest('hex');
    this.cores.set('the hash of a token', hashed);
    return {
      LOG_LEVEL: 'trace',
      ADMIN_TOKEN: this.plant('ADMIN_TOKEN'),
      ADMIN_TOKENS: `bob:viewer:${hashed}`,
      ADMIN_JWKS_URL: `${nobody}/keys`,
      ADMIN_JWT_ISSUER: 'https://id.example',
      ADMIN_JWT_AUDIENCE: 'sluice',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: nobody,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500', // how long an app that ends waits for it
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${this.plant('a header of the collector')}`,
    } as const;
  }

  /** Which of them stand in the text: as they are, encoded for a URI, or anywhere in something of base64. */
  foundIn(text: string): string[] {
    return [...this.cores].flatMap(([name, core]) => (forms(core).some((form) => text.includes(form)) ? [name] : []));
  }

  /** Where which of them were found: in all that an app has written, in how it shows as a process, and in its answers. */
  async leaksOf(app: AppProcess, init: LocalRequest): Promise<string[]> {
    const said: [string, string][] = [
      ['a line of the log', app.lines.map((line) => JSON.stringify(line)).join('\n')],
      ['other output', app.text],
      ['the list of processes', processTitles(app.pid)],
      ...(await this.answersOf(app, init)),
    ];
    return said.flatMap(([where, text]) => this.foundIn(text).map((name) => `${name} in ${where}`));
  }

  private async answersOf(app: AppProcess, init: LocalRequest): Promise<[string, string][]> {
    const document = (await app.get('/api-json', init)).body as OpenAPIObject;
    const routes = Object.entries(document.paths).flatMap(([path, { get }]) => (get === undefined ? [] : [path]));
    const paths = ['/', '/api', '/api-json', '/asyncapi', '/nowhere', ...routes];
    const asked = paths.flatMap((path) =>
      [init, {}].map((each) => ({ path: path.replaceAll(/\{[^}]+\}/g, 'main'), each })),
    );
    return Promise.all(
      asked.map(async ({ path, each }): Promise<[string, string]> => {
        const { status, body } = await app.get(path, each);
        return [`GET ${path} (${status})`, JSON.stringify(body)];
      }),
    );
  }
}

/** Base64 of a text differs by where it begins in what is encoded: the part that is the same, for each of the three. */
function forms(core: string): string[] {
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(core)]).toString('base64');
    return text.slice(before === 0 ? 0 : before + 1, text.length - 4);
  });
  return [core, core.toUpperCase(), ...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** What every user of the machine sees of a process; empty where there is no /proc. */
function processTitles(pid: number): string {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8'));
    return [readFileSync(`/proc/${pid}/cmdline`, 'utf8'), ...threads].join('\n');
  } catch {
    return '';
  }
}

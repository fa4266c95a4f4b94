import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppProcess } from '../harness/app.process.js';
import { PlantedSecrets } from '../harness/planted.secrets.js';
import { RunningSystem } from '../harness/running.system.js';

const NOBODY = '127.0.0.1:9';
/** Of a JWT whose keys have to be fetched. */
const HEADER = Buffer.from('{"alg":"RS256","kid":"one"}').toString('base64url');

let system: RunningSystem;
beforeAll(async () => {
  system = await RunningSystem.prepare();
});
afterAll(() => system.stop());

/** The same servers, with who asks, or what is to be refused, put in. */
function withPassword(uri: string, password: string): string {
  return uri.replace(/:\/\/([^@/]*@)?/, `://ann:${password}@`);
}

interface Said {
  readonly details: Readonly<Record<string, { readonly reason?: string }>>;
}

/** It has met both servers, and says what is wrong with them. */
async function complains(app: AppProcess): Promise<boolean> {
  const { details } = (await app.get('/health/ready')).body as Said;
  return details['mongodb']?.reason !== undefined && details['rabbitmq']?.reason !== undefined;
}

describe.each([
  ['refuse the log-in', (uri: string) => uri],
  ['are away', (uri: string) => uri.replace(/(@|:\/\/)127\.0\.0\.1:\d+/, `$1${NOBODY}`)],
])('no secret is said by either app while the servers %s', (_, placed) => {
  const secrets = new PlantedSecrets();
  let authorised: { headers: { authorization: string } };
  let apps: AppProcess[];
  beforeAll(async () => {
    const planted = secrets.environment(`http://${NOBODY}`);
    const { mongodb, rabbitmq } = system.servers;
    const env = {
      ...planted,
      MONGODB_URI: placed(withPassword(mongodb, secrets.plantPassword("MongoDB's password"))),
      RABBITMQ_URI: placed(withPassword(rabbitmq, secrets.plantPassword("RabbitMQ's password"))),
    };
    authorised = { headers: { authorization: `Bearer ${planted.ADMIN_TOKEN}` } };
    apps = [system.startProducer(env), system.startConsumer(env)];
    for (const app of apps) await system.eventually(() => complains(app));
  });
  afterAll(() => Promise.all(apps.map((app) => app.stop())));

  it('in any answer, line or title, to those who may ask and to those who may not', async () => {
    for (const app of apps) {
      const jwt = `${HEADER}.${secrets.plant('the claims of a JWT')}.${secrets.plant('its signature')}`;
      expect((await app.get('/api/v1/config', { headers: { authorization: `Bearer ${jwt}` } })).status).toBe(503);
      const refused = { headers: { authorization: `Bearer ${secrets.plant('a wrong token')}` } };
      expect((await app.get('/api/v1/config', refused)).status).toBe(401);
      expect((await app.get('/api/v1/config', authorised)).status).toBe(200);
      expect(await secrets.leaksOf(app, authorised), app.name).toEqual([]);
      expect(app.lines.length).toBeGreaterThan(5);
    }
  });

  it('and the settings are shown with where they come from', async () => {
    for (const app of apps) {
      const { settings } = (await app.get('/api/v1/config', authorised)).body as { settings: object[] };
      const shown = expect.stringMatching(/^mongodb:\/\/127\.0\.0\.1:\d+\//) as string;
      expect(settings).toEqual(
        expect.arrayContaining([
          { name: 'ADMIN_TOKEN', value: null, source: 'environment', isHidden: true },
          { name: 'ADMIN_TOKENS', value: ['bob:viewer'], source: 'environment', isHidden: false },
          { name: 'MONGODB_URI', value: shown, source: 'environment', isHidden: false },
          { name: 'SHUTDOWN_TIMEOUT_MS', value: 15_000, source: 'default', isHidden: false },
        ]),
      );
    }
  });
});

it('no secret is said by an app that refuses its settings', async () => {
  const secrets = new PlantedSecrets();
  const MONGODB_URI = `mongo://ann:${secrets.plant('a password behind a wrong scheme')}@db/`;
  const wrong = {
    RABBITMQ_URI: `amqp://ann:${secrets.plant('a password before a wrong port')}@mq:port`,
    ADMIN_TOKENS: secrets.plant('a token in the place of its hash'),
    ADMIN_JWKS_URL: `https://ann:${secrets.plant("an identity provider's password")}@id.example/keys`,
  };
  const notEncoded = `mongodb://ann:pl@n/ted?${secrets.plant('a password that is not encoded')}@db/`;
  const refusing = [
    system.startApp('cdc-producer', { ...wrong, MONGODB_URI }),
    system.startApp('cdc-consumer', { ...wrong, MONGODB_URI: notEncoded }),
  ];
  for (const app of refusing) {
    await system.eventually(() => app.hasExited);
    expect(await app.exit()).toBe(78);
    for (const name of ['MONGODB_URI', ...Object.keys(wrong)]) expect(app.text).toContain(`\n  ${name}\n`);
    expect(secrets.foundIn(app.text + JSON.stringify(app.lines))).toEqual([]);
  }
});

it('no secret is said by an app that ends over an error that nobody took', async () => {
  const secrets = new PlantedSecrets();
  const folder = join(system.folder, 'leaking');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const leak = 'setTimeout(() => new URL(`${process.env.RABBITMQ_URI}:port`));'; // it keeps what it was given
  writeFileSync(join(folder, 'leaking.handler.js'), `${leak}\nawait new Promise(() => {});\n`);
  const RABBITMQ_URI = `amqp://ann:${secrets.plantPassword("RabbitMQ's password")}@127.0.0.1`;
  const consumer = system.startApp('cdc-consumer', { RABBITMQ_URI, SLUICE_HANDLERS: folder });
  expect(await consumer.exit()).toBe(1);
  expect(consumer.text).toMatch(/TypeError: Invalid URL[^]*leaking\.handler\.js/);
  expect(secrets.foundIn(consumer.text + JSON.stringify(consumer.lines))).toEqual([]);
});

it('what is looked for would be found: as it is, encoded, and anywhere in base64', () => {
  const secrets = new PlantedSecrets();
  const secret = secrets.plantPassword('one');
  for (const before of ['', 'a', 'ab', 'abc']) {
    expect(secrets.foundIn(`… ${before}${secret}…`)).toEqual(['one']);
    expect(secrets.foundIn(Buffer.from(`${before}${secret}`).toString('base64url'))).toEqual(['one']);
  }
  expect(secrets.foundIn('planted- and nothing else')).toEqual([]);
});

import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Problem } from '@sluice/contracts';
import { covers, ROLES, type Role } from '@sluice/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdentityProvider } from '../harness/identity.provider.js';
import { requestFrom, type LocalRequest } from '../harness/local.request.js';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

const secret = { subscriber: token(), metrics: token(), viewer: token(), operator: token() };
const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

function token(): string {
  return randomBytes(24).toString('hex');
}

let system: RunningSystem;
let provider: IdentityProvider;
beforeAll(async () => {
  provider = await IdentityProvider.start();
  const entries = Object.entries(secret).map(
    ([role, text]) => `${role}-token:${role}:${createHash('sha256').update(text).digest('hex')}`,
  );
  const env = { ADMIN_TOKENS: entries.join(','), ...provider.environment };
  system = await aRunningSystem({ producerEnv: env, consumerEnv: { ...env, REALTIME: 'on' } });
});
afterAll(async () => {
  await system?.stop();
  await provider?.stop();
});

interface Route {
  readonly method: string;
  readonly path: string;
  readonly role: Role | undefined;
  readonly takesBody: boolean;
}

/** Every route that the OpenAPI document describes; names in paths are filled with one that is not there. */
function routesOf({ paths }: OpenAPIObject): Route[] {
  return Object.entries(paths).flatMap(([template, item]) =>
    METHODS.flatMap((method): Route[] => {
      const operation = item[method] as
        (OpenAPIObject['paths'][string]['get'] & { 'x-sluice-role'?: Role }) | undefined;
      if (operation === undefined) return [];
      const path = template.replaceAll(/\{[^}]+\}/g, 'not-there');
      const { security, 'x-sluice-role': role, requestBody } = operation;
      expect(security === undefined, `${method} ${path}: open to all, or with a role`).toBe(role === undefined);
      return [{ method: method.toUpperCase(), path, role, takesBody: requestBody !== undefined }];
    }),
  );
}

describe.each(['producer', 'consumer'] as const)(
  'every route of the %s, as its OpenAPI document lists them',
  (name) => {
    let routes: Route[];
    let url: string;
    let addresses = 0;
    beforeAll(async () => {
      url = await system[name].url();
      routes = routesOf((await system[name].get('/api-json')).body as OpenAPIObject);
      expect(routes.length).toBeGreaterThan(8);
    });

    /** Each from an address of its own, so that none is throttled for the others. */
    const ask = async ({ method, path }: Route, authorization?: string, over: LocalRequest = {}) => {
      const from = `127.1.${name === 'producer' ? 1 : 2}.${(addresses = (addresses % 250) + 1)}`;
      const headers = { ...(authorization === undefined ? {} : { authorization }), ...over.headers };
      const answer = await requestFrom(`${url}${path}`, { method, from, ...over, headers });
      const type = String(answer.headers['content-type'] ?? '');
      if (answer.status >= 400 && !path.startsWith('/health')) {
        expect(type, `${method} ${path}`).toMatch('application/problem+json');
        expect(JSON.parse(answer.text), `${method} ${path}`).toMatchObject({
          type: expect.stringMatching(/^urn:sluice:/),
          title: expect.any(String),
          status: answer.status,
        });
        expect(answer.text).not.toMatch(/node_modules|\.js:\d+/);
      }
      return answer;
    };
    const guarded = () => routes.filter((route): route is Route & { role: Role } => route.role !== undefined);
    const bearer = (text: string) => `Bearer ${text}`;

    it('only health is open', async () => {
      const open = routes.filter(({ role }) => role === undefined).map(({ path }) => path);
      expect(open.sort()).toEqual(['/health/live', '/health/ready']);
      for (const path of open)
        expect([200, 503]).toContain((await ask({ method: 'GET', path, role: undefined, takesBody: false })).status);
    });

    it('so are its descriptions: of the HTTP side, as committed, and of the messages', async () => {
      const committed = await readFile(new URL(`../../docs/api/cdc-${name}.openapi.json`, import.meta.url), 'utf8');
      expect((await system[name].get('/api-json')).body).toEqual(JSON.parse(committed));
      const { body } = await system[name].get('/asyncapi');
      expect(body).toMatchObject({ asyncapi: '3.1.0', channels: { events: { messages: { insert: {} } } } });
    });

    it('answers 401 without a token, and says how to send one', async () => {
      for (const route of guarded()) {
        const answer = await ask(route);
        expect(answer.status, `${route.method} ${route.path}`).toBe(401);
        expect(answer.headers['www-authenticate']).toBe('Bearer');
        expect((JSON.parse(answer.text) as Problem).code).toBe('SLUICE-TOKEN-MISSING');
      }
    });

    it('answers 401 to another token, another scheme, and whatever is malformed', async () => {
      const wrong = [
        'Bearer',
        'Bearer ',
        bearer(token()),
        `Basic ${secret.operator}`,
        bearer(`${secret.operator} x`),
        bearer('a.b.c'),
      ];
      for (const route of guarded()) {
        for (const authorization of wrong) {
          expect((await ask(route, authorization)).status, `${route.method} ${route.path} ${authorization}`).toBe(401);
        }
      }
    });

    it('answers 401 to a JWT that has expired, is for others, is of others, or is changed', async () => {
      const past = Math.floor(Date.now() / 1_000) - 3_600;
      const good = await provider.jwt();
      const other = await IdentityProvider.start();
      const [head, , signature] = good.split('.');
      const forged = Buffer.from(JSON.stringify({ sub: 'eve', role: 'operator' })).toString('base64url');
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.x`;
      const wrong = [
        await provider.jwt({ exp: past }),
        await provider.jwt({ nbf: past + 7_200 }),
        await provider.jwt({ aud: 'another' }),
        await provider.jwt({ iss: 'https://another.example' }),
        await provider.jwt({ role: 'root' }),
        await other.jwt(),
        `${head}.${forged}.${signature}`,
        unsigned,
      ];
      await other.stop();
      for (const route of guarded()) {
        for (const jwt of wrong)
          expect((await ask(route, bearer(jwt))).status, `${route.method} ${route.path}`).toBe(401);
      }
    });

    it('answers 403 to each role below its own, by token and by JWT', async () => {
      for (const route of guarded()) {
        for (const role of ROLES.filter((each) => !covers(each, route.role))) {
          for (const text of [secret[role], await provider.jwt({ role })]) {
            const answer = await ask(route, bearer(text));
            expect(answer.status, `${route.method} ${route.path} as ${role}`).toBe(403);
            expect(JSON.parse(answer.text)).toMatchObject({ code: 'SLUICE-ROLE-INSUFFICIENT' });
          }
        }
      }
    });

    it('lets its role in, and whatever it then says is not about access', async () => {
      for (const route of guarded()) {
        for (const text of [secret[route.role], await provider.jwt({ role: ['x', route.role] })]) {
          const { status } = await ask(route, bearer(text));
          expect([401, 403, 429, 500], `${route.method} ${route.path}`).not.toContain(status);
        }
      }
    });

    it('asks who calls before it looks at anything else', async () => {
      for (const route of guarded()) {
        const broken = { headers: { 'content-type': 'application/json' }, body: '{"planted' };
        expect((await ask(route, undefined, broken)).status, `${route.method} ${route.path}`).toBe(401);
        expect((await ask({ ...route, path: `${route.path}?x=1` })).status).toBe(401);
      }
    });

    it('refuses what it does not know: parameters, methods, bodies, content types', async () => {
      const operator = bearer(secret.operator);
      for (const route of routes) {
        const where = `${route.method} ${route.path}`;
        const unknown = await ask({ ...route, path: `${route.path}?sluice_unknown=1` }, operator);
        expect(unknown.status, where).toBe(400);
        if (!route.path.startsWith('/health')) {
          expect(JSON.parse(unknown.text)).toMatchObject({
            errors: [{ field: 'sluice_unknown', found: 'an unknown parameter' }],
          });
        }
        const method = await ask({ ...route, method: 'PATCH' }, operator);
        expect(method.status, where).toBe(405);
        expect(String(method.headers['allow']).split(', '), where).toContain(route.method);
        if (route.method === 'GET') continue;
        const sent = (type: string, body: string) => ask(route, operator, { headers: { 'content-type': type }, body });
        expect((await sent('text/plain', 'planted')).status, where).toBe(415);
        expect((await sent('application/x-www-form-urlencoded', 'a=1')).status, where).toBe(415);
        const malformed = await sent('application/json', '{"planted": ');
        expect(malformed.status, where).toBe(400);
        expect(malformed.text).not.toMatch('planted');
        expect((await sent('application/json', '{"sluiceUnknown": 1}')).status, where).toBe(400);
        const large = JSON.stringify({ by: 'x'.repeat(600_000) });
        expect((await sent('application/json', large)).status, where).toBe(413);
      }
    });

    it('has limits before any route: 414, 431, and 404 without a word of what is there', async () => {
      const far = { role: undefined, takesBody: false, method: 'GET' };
      const authorization = bearer(secret.viewer);
      expect((await ask({ ...far, path: `/api/v1/${'x'.repeat(9_000)}` }, authorization)).status).toBe(414);
      expect((await ask({ ...far, path: `/${'x'.repeat(20_000)}` }, authorization)).status).toBe(431);
      expect((await ask({ ...far, path: '/api/v1/nothing' }, authorization)).status).toBe(404);
      expect((await ask({ ...far, path: '/api/v1/nothing' })).status).toBe(401);
      expect((await ask({ ...far, path: `${guarded()[0]?.path}/%ff` }, authorization)).status).toBeLessThan(500);
    });

    it('sends no header that lets a page of another origin in, and those that keep pages apart', async () => {
      const answer = await ask({ method: 'GET', path: '/health/live', role: undefined, takesBody: false }, undefined, {
        headers: { origin: 'https://evil.example' },
      });
      expect(Object.keys(answer.headers).filter((header) => header.startsWith('access-control'))).toEqual([]);
      expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
      expect(answer.headers).not.toHaveProperty('x-powered-by');
    });
  },
);

import { afterEach, expect, it, vi } from 'vitest';
import { environmentWith } from './environment.mjs';

afterEach(() => vi.unstubAllEnvs());

it('what a shell exports for Sluice does not reach what we start, whichever setting it is; the rest does', () => {
  const settings = ['ADMIN_TOKENS', 'ADMIN_JWKS_URL', 'HTTP_TLS_CERT_FILE', 'PREFETCH', 'RABBITMQ_AUTH', 'MONGODB_URI'];
  for (const name of [...settings, 'SLUICE_ANYTHING', 'OF_THE_SHELL']) vi.stubEnv(name, 'exported');
  const environment = environmentWith({ MONGODB_URI: 'ours' });
  expect(environment).toMatchObject({ MONGODB_URI: 'ours', OF_THE_SHELL: 'exported' });
  for (const name of [...settings, 'SLUICE_ANYTHING']) expect(environment[name]).not.toBe('exported');
});

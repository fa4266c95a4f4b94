import { expect, it } from 'vitest';
import { refuseForeignPages, type RequestOrigin } from './page-origin.policy.js';

it.each<[RequestOrigin, boolean]>([
  [{ host: 'localhost:3000' }, true],
  [{ host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' }, true],
  [{ host: '[::1]:3000', fetchSite: 'same-origin' }, true],
  [{}, true],
  [{ host: 'rebound.example:3000' }, false],
  [{ host: 'localhost.example' }, false],
  [{ host: 'localhost:3000', origin: 'https://evil.example' }, false],
  [{ host: 'localhost:3000', origin: 'null' }, false],
  [{ host: 'localhost:3000', fetchSite: 'cross-site' }, false],
  [{ host: '' }, false],
])('without a token a request with %j is served: %s', (request, isServed) => {
  const serve = () => refuseForeignPages(request);
  if (isServed) expect(serve).not.toThrow();
  else expect(serve).toThrow(expect.objectContaining({ code: 'SLUICE-PAGE-FOREIGN', httpStatus: 403 }));
});

/**
 * HEALTHCHECK of the images, which have no curl: does the app in this container answer? Called with the name of the
 * variable that holds the app's port. Asks for life, not readiness: a container must not be restarted because a server
 * that it waits for is away.
 */
const ANY_ADDRESS = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
const LIMIT_MS = 3_000;

const host = process.env['HTTP_HOST'] ?? '127.0.0.1';
const port = process.env[process.argv[2] ?? ''];
const url = `http://${ANY_ADDRESS[host] ?? host}:${port}/health/live`;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  if (!response.ok) throw new Error(`answered ${response.status}`);
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get as getByTls } from 'node:https';

/**
 * HEALTHCHECK of the images, which have no curl: does the app in this container answer? Called with the name of the
 * variable that holds the app's port. Asks for life, not readiness: a container must not be restarted because a server
 * that it waits for is away.
 */
const ANY_ADDRESS = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
const LIMIT_MS = 3_000;

const host = process.env['HTTP_HOST'] || '127.0.0.1';
const port = process.env[process.argv[2] ?? ''];
const certFile = process.env['HTTP_TLS_CERT_FILE'];
const url = `${certFile ? 'https' : 'http'}://${ANY_ADDRESS[host] ?? host}:${port}/health/live`;

try {
  const status = await statusOf(url);
  if (status !== 200) throw new Error(`answered ${status}`);
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}

function statusOf(address) {
  const options = { signal: AbortSignal.timeout(LIMIT_MS), agent: false };
  return new Promise((resolve, reject) => {
    // A certificate is for the name that others call the app by: here the very one of the file is asked for.
    const request = certFile
      ? getByTls(address, { ...options, rejectUnauthorized: false })
      : getPlain(address, options);
    request.once('error', reject);
    request.once('socket', (socket) => socket.once('secureConnect', () => refuseAnother(socket, request)));
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
  });
}

function refuseAnother(socket, request) {
  const { fingerprint256 } = new X509Certificate(readFileSync(certFile));
  if (socket.getPeerX509Certificate()?.fingerprint256 === fingerprint256) return;
  request.destroy(new Error(`another certificate than the one in ${certFile} was shown`));
}

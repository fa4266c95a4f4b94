import type { Problem } from '@sluice/contracts';
import { explainTlsFailure, TlsFailedError } from '@sluice/tls';
import { CliError } from '../cli.error.js';
import type { AdminApp } from './admin.app.js';
import { ADMIN_TLS } from './secure.fetch.js';

const TIMED_OUT = 'TimeoutError';

/** Nobody answers at the app's address. */
export function notReached(
  { name, npmScript, urlOption, urlVariable }: AdminApp,
  url: string,
  cause: unknown,
): CliError {
  const isSlow = cause instanceof Error && cause.name === TIMED_OUT;
  const advice = [
    `start it: npm run ${npmScript}`,
    `or say where it is: ${urlOption} URL, or the variable ${urlVariable}`,
  ];
  return new CliError(
    'SLUICE-CLI-NOT-REACHED',
    `${name} ${isSlow ? 'has not answered in time' : 'is not reached'} at ${url}: ${causeText(cause)}`,
    advice,
    1,
    { cause },
  );
}

/**
 * The answer is not one of the admin HTTP: another server listens there, or an app of another version. `isTaken`: it has
 * done what was asked, so that nobody asks twice.
 */
export function notUnderstood({ name, urlOption }: AdminApp, url: string, what: string, isTaken = false): CliError {
  const place = url.replace(/\?.*$/, '');
  const message = `${place} did not answer as a ${name} of this version does: ${what}`;
  return new CliError('SLUICE-CLI-ANSWER-UNKNOWN', message, [
    ...(isTaken ? ['it has taken the request: look what became of it before you ask again'] : []),
    `is it a ${name}? say where it is: ${urlOption} URL`,
    'is it of the same version as this command? npm run build',
  ]);
}

/** The app refused; in its own words, with what to do where only the caller of this command knows it. */
export function refused(app: AdminApp, { status, detail, title, code }: Problem): CliError {
  return new CliError(code ?? `SLUICE-CLI-HTTP-${status}`, `${app.name}: ${detail ?? title}`, adviceFor(status, code));
}

function adviceFor(status: number, code: string | undefined): string[] {
  if (code === 'SLUICE-CERTIFICATE-MISSING') return [`${ADMIN_TLS}_CERT_FILE and ${ADMIN_TLS}_KEY_FILE name one`];
  switch (status) {
    case 401:
      return ['give the token: --token-file FILE, or the variable SLUICE_TOKEN'];
    case 403:
      return ['this needs a token with the role operator: --token-file FILE, or the variable SLUICE_TOKEN'];
    case 412:
      return ['look at it again (sluice position get STREAM), and decide anew; nothing has changed'];
    default:
      return [];
  }
}

/** undici says "fetch failed" and why in the cause, or in the causes of each address that it tried. */
function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const explained = explainTlsFailure(error, ADMIN_TLS);
  if (explained instanceof TlsFailedError) return explained.message;
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return causeText(cause.errors[0]);
  return cause instanceof Error ? causeText(cause) : error.message;
}

import { TlsFailedError } from './tls-failed.error.js';
import { tlsVariables } from './tls-files.js';

/** What one kind of failure means, and what is to be done: in the words of the settings. */
interface TlsFailure {
  /** Of the code that Node.js gives it: https://nodejs.org/api/tls.html#x509-certificate-error-codes, or of an alert. */
  readonly code: RegExp;
  says(names: ReturnType<typeof tlsVariables>, error: Error): string;
}

/**
 * By code, as messages are OpenSSL's and change with it; alerts are named SSLV3_ALERT_… or SSL/TLS_ALERT_… by its
 * versions, so only the end of a code counts. The first line that fits.
 */
const FAILURES: readonly TlsFailure[] = [
  {
    code: /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_SIGNATURE_FAILURE|INVALID_CA|CERT_UNTRUSTED)$/,
    says: ({ ca }) => `the server's certificate is signed by nobody who is trusted here; ${ca} names who is`,
  },
  {
    code: /^CERT_HAS_EXPIRED$/,
    says: () => "the server's certificate, or one that it is signed by, has expired; the server needs a new one",
  },
  { code: /^CERT_NOT_YET_VALID$/, says: () => "the server's certificate is not valid yet; compare the clocks" },
  {
    code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    says: ({ serverName }, { message }) =>
      `the server's certificate is for other names: ${message.replace(/^.*?altnames: /, '')}; ` +
      `connect by one that it has, or name it in ${serverName}`,
  },
  {
    code: /ALERT_CERTIFICATE_REQUIRED$/,
    says: ({ cert, key }) => `the server asks for a client certificate; ${cert} and ${key} name one`,
  },
  {
    code: /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|ACCESS_DENIED|DECRYPT_ERROR)$/,
    says: ({ cert }) => `the server does not accept the client certificate of ${cert}`,
  },
  {
    // What TLS 1.2 answers where a client certificate is missing, and where there is no cipher in common.
    code: /ALERT_HANDSHAKE_FAILURE$/,
    says: ({ cert }) => `the server refused the handshake; if it asks for a client certificate, ${cert} names one`,
  },
  {
    code: /ALERT_PROTOCOL_VERSION$|UNSUPPORTED_PROTOCOL$/,
    says: () => 'the server speaks no version of TLS that is spoken here (1.2 and 1.3)',
  },
  {
    code: /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE)$/,
    says: () => 'what listens there does not speak TLS',
  },
];

/** Drivers wrap: the failure itself is one of the causes. */
const MAX_CAUSES = 5;

/**
 * Says what failed of TLS and which setting to look at; an error that has nothing to do with TLS comes back as it is.
 * `prefix`: of the connection's variables, `MONGODB_TLS`.
 */
export function explainTlsFailure(error: Error, prefix: string): Error {
  const names = tlsVariables(prefix);
  let cause: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth += 1) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    const failure = FAILURES.find((candidate) => candidate.code.test(code));
    if (failure !== undefined) return new TlsFailedError(failure.says(names, cause), code, { cause: error });
    cause = cause.cause;
  }
  return error;
}

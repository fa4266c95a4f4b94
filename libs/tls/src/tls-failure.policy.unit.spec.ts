import { describe, expect, it } from 'vitest';
import { TlsFailedError } from './tls-failed.error.js';
import { explainTlsFailure } from './tls-failure.policy.js';

const failing = (code: string, message = 'as OpenSSL says it') => Object.assign(new Error(message), { code });

describe('a failure of TLS', () => {
  it.each([
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'is signed by nobody who is trusted here; RABBITMQ_TLS_CA_FILE names who is'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'RABBITMQ_TLS_CA_FILE names who is'],
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['CERT_NOT_YET_VALID', 'compare the clocks'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'RABBITMQ_TLS_CERT_FILE and RABBITMQ_TLS_KEY_FILE name one'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'does not accept the client certificate of RABBITMQ_TLS_CERT_FILE'],
    ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'does not accept the client certificate'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'if it asks for a client certificate'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'no version of TLS'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS'],
  ])('%s says what to look at', (code, words) => {
    const error = explainTlsFailure(failing(code), 'RABBITMQ_TLS');
    expect(error).toBeInstanceOf(TlsFailedError);
    expect(error.message).toContain(words);
    expect(error.message).toMatch(new RegExp(`\\(${code}\\)$`));
    expect(error.message).not.toContain('OpenSSL');
  });

  it('names the names of a certificate that is for others', () => {
    const said =
      "Hostname/IP does not match certificate's altnames: Host: db. is not in the cert's altnames: DNS:other";
    const { message } = explainTlsFailure(failing('ERR_TLS_CERT_ALTNAME_INVALID', said), 'MONGODB_TLS');
    expect(message).toContain("is for other names: Host: db. is not in the cert's altnames: DNS:other");
    expect(message).toContain('MONGODB_TLS_SERVER_NAME');
  });

  it('is found behind what a driver wraps around it, and keeps that', () => {
    const outer = new Error('server selection', {
      cause: new Error('network', { cause: failing('CERT_HAS_EXPIRED') }),
    });
    expect(explainTlsFailure(outer, 'MONGODB_TLS')).toMatchObject({ code: 'SLUICE-TLS-FAILED', cause: outer });
  });

  it('leaves every other error as it is, one that is its own cause too', () => {
    const refused = failing('ECONNREFUSED');
    refused.cause = refused;
    expect(explainTlsFailure(refused, 'MONGODB_TLS')).toBe(refused);
  });
});

import { X509Certificate, type KeyObject } from 'node:crypto';
import { PemFault, PemFile } from './pem.file.js';
import type { TlsFileFault } from './tls-file-invalid.error.js';
import { tlsVariables, type TlsFiles } from './tls-files.js';

const CA = 'a readable file with the certificates of authorities, PEM';
const CERTIFICATE = 'a readable file with a certificate and those that signed it, PEM';
const KEY = "a readable file with the certificate's private key, PEM, without a passphrase";

/** Everything that is wrong with the files as they are now, each by its variable. */
export function tlsFileFaults(files: TlsFiles): TlsFileFault[] {
  const { ca, cert, key } = tlsVariables(files.prefix);
  const { caFile, certFile, keyFile } = files;
  const authorities = inspect(ca, caFile, CA, (file) => file.certificates());
  const certificates = inspect(cert, certFile, CERTIFICATE, (file) => file.certificates());
  const privateKey = inspect(key, keyFile, KEY, (file) => file.privateKey());
  const faults = [...authorities.faults, ...certificates.faults, ...privateKey.faults, ...halfPair(files)];
  const [own] = certificates.content ?? [];
  return faults.length > 0 ? faults : mismatch(own, privateKey.content, { certFile, key });
}

interface Inspected<T> {
  readonly content?: T;
  readonly faults: readonly TlsFileFault[];
}

function inspect<T>(
  variable: string,
  path: string | undefined,
  allowed: string,
  contentOf: (file: PemFile) => T | PemFault,
): Inspected<T> {
  if (path === undefined) return { faults: [] };
  const file = PemFile.read(path);
  const content = file instanceof PemFault ? file : contentOf(file);
  if (!(content instanceof PemFault)) return { content, faults: [] };
  return { faults: [{ variable, found: `${path}, ${content.why}`, allowed }] };
}

/** One without the other is a mistake, and silence about it a connection without the certificate. */
function halfPair({ prefix, certFile, keyFile }: TlsFiles): TlsFileFault[] {
  if ((certFile === undefined) === (keyFile === undefined)) return [];
  const { cert, key } = tlsVariables(prefix);
  const [missing, given, allowed] = certFile === undefined ? [cert, key, CERTIFICATE] : [key, cert, KEY];
  return [{ variable: missing, found: `nothing, while ${given} is set`, allowed: `${allowed}; both or neither` }];
}

function mismatch(
  own: X509Certificate | undefined,
  privateKey: KeyObject | undefined,
  { certFile, key }: { certFile: string | undefined; key: string },
): TlsFileFault[] {
  if (own === undefined || privateKey === undefined || own.checkPrivateKey(privateKey)) return [];
  const found = `the key of another certificate than the first one in ${certFile}`;
  return [{ variable: key, found, allowed: KEY }];
}

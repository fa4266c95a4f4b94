import { readFileSync } from 'node:fs';
import { TlsFileInvalidError } from './tls-file-invalid.error.js';
import { tlsFileFaults } from './tls-files.policy.js';
import type { TlsClient, TlsFiles } from './tls-files.js';

/** What the files hold, as node:tls takes it. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** As node:tls, and what is built on it, takes a client's side. */
export interface TlsClientOptions extends TlsMaterial {
  readonly servername?: string;
  /** Said, although it is Node's default: `NODE_TLS_REJECT_UNAUTHORIZED=0` in a shell must not turn it off. */
  readonly rejectUnauthorized: true;
}

/** Reads the files as they are now. @throws TlsFileInvalidError */
export function readTlsFiles(files: TlsFiles): TlsMaterial {
  const faults = tlsFileFaults(files);
  if (faults.length > 0) throw new TlsFileInvalidError(faults);
  const { caFile, certFile, keyFile } = files;
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}

/** For one attempt to connect: read anew for each, so that a renewed certificate needs no restart. @throws TlsFileInvalidError */
export function readTlsClient(client: TlsClient): TlsClientOptions {
  const { serverName } = client;
  return {
    ...readTlsFiles(client),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: true,
  };
}

import type { Socket } from 'node:net';
import type { Server } from 'node:tls';
import { Logger } from '@nestjs/common';
import { readTlsFiles, type TlsFiles, type TlsMaterial } from '@sluice/tls';
import type { FileReloads } from '../files/file.reloads.js';

/** What an HTTPS server is made with. */
export interface PortTls extends TlsMaterial {
  readonly requestCert: boolean;
  /**
   * A caller without a certificate gets through the handshake, and is refused by all but the open routes
   * (`AdminAccess`): the probes of a container platform have no certificate to show.
   */
  readonly rejectUnauthorized: false;
}

/** @throws TlsFileInvalidError */
export function portTls(files: TlsFiles): PortTls {
  return { ...readTlsFiles(files), requestCert: files.caFile !== undefined, rejectUnauthorized: false };
}

/** Whether a caller's certificate is signed by one of those that are trusted with callers. */
export function showsCertificate(socket: Socket): boolean {
  return 'authorized' in socket && socket.authorized === true;
}

/** Gives the servers what the files hold now, and whenever they change. What cannot be used is not taken. */
export function renewCertificates(
  servers: readonly Pick<Server, 'setSecureContext'>[],
  tls: TlsFiles,
  files: FileReloads,
): () => void {
  const logger = new Logger('Http');
  const paths = [tls.certFile, tls.keyFile, tls.caFile].filter((path) => path !== undefined);
  return files.watch(`${tls.prefix}_CERT_FILE`, paths, () => {
    const material = readTlsFiles(tls);
    for (const server of servers) server.setSecureContext(material);
    logger.log('the certificate of the admin HTTP was read; new connections have it');
  });
}

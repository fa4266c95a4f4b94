import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const WHY_NOT: Readonly<Record<string, string>> = {
  ENOENT: 'which does not exist',
  EACCES: 'which this user may not read',
  EISDIR: 'which is a folder',
};

/** A file that could not be used, in words that go behind its path. */
export class PemFault {
  constructor(readonly why: string) {}
}

/** One PEM file as it is now; each reading answers what it holds, or why it cannot be used. */
export class PemFile {
  private constructor(
    readonly path: string,
    readonly text: string,
  ) {}

  static read(path: string): PemFile | PemFault {
    try {
      return new PemFile(path, readFileSync(path, 'utf8'));
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException; // node:fs throws nothing else
      return new PemFault(WHY_NOT[code] ?? `which cannot be read (${code})`);
    }
  }

  /** All of its certificates, the own one first. */
  certificates(): readonly X509Certificate[] | PemFault {
    const blocks = this.text.match(CERTIFICATE) ?? [];
    if (blocks.length === 0) return new PemFault('which holds no certificate in PEM');
    try {
      return blocks.map((block) => new X509Certificate(block));
    } catch {
      return new PemFault('which holds a certificate that cannot be read');
    }
  }

  privateKey(): KeyObject | PemFault {
    if (/ENCRYPTED/.test(this.text)) return new PemFault('which is locked by a passphrase');
    try {
      return createPrivateKey(this.text);
    } catch {
      return new PemFault('which holds no private key in PEM');
    }
  }
}

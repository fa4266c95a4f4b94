import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bits, context, integer, isTrue, objectId, octets, sequence, set, utcTime, utf8 } from './der.js';

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const COMMON_NAME = objectId('2.5.4.3');
const BASIC_CONSTRAINTS = objectId('2.5.29.19');
const SUBJECT_ALT_NAME = objectId('2.5.29.17');

/** The paths of a certificate and its key, as settings name them. */
export interface IssuedFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface IssueOptions {
  /** Host names and addresses that it is for. */
  readonly hosts?: readonly string[];
  readonly isExpired?: boolean;
}

interface Signed {
  readonly pem: string;
  readonly key: KeyObject;
}

/** An authority of a test's own, which signs certificates and puts them into files (RFC 5280). */
export class TestAuthority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
  private readonly own: Signed;
  private issued = 0;

  constructor(private readonly name = 'Sluice test authority') {
    this.own = signed({ subject: name, issuer: name, extensions: [isAuthority()], ...validity(false) });
    writeFileSync(this.caFile, this.own.pem);
  }

  get caFile(): string {
    return join(this.folder, 'ca.pem');
  }

  issue(subject: string, options: IssueOptions = {}): IssuedFiles {
    this.issued += 1;
    const folder = join(this.folder, `${subject}-${this.issued}`);
    mkdirSync(folder);
    const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
    this.issueTo(files, subject, options);
    return files;
  }

  /** Another certificate in the place of an older one, as a renewal does it. */
  issueTo(files: IssuedFiles, subject: string, { hosts = [], isExpired = false }: IssueOptions = {}): void {
    const { name: issuer, own } = this;
    const extensions = hosts.length === 0 ? [] : [altNames(hosts)];
    const { pem, key } = signed({ subject, issuer, extensions, ...validity(isExpired) }, own.key);
    writeFileSync(files.certFile, pem);
    writeFileSync(files.keyFile, key.export({ type: 'pkcs8', format: 'pem' }));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

interface Contents {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Buffer[];
}

/** Signed by `by`, or by itself. */
function signed(contents: Contents, by?: KeyObject): Signed {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { subject, issuer, notBefore, notAfter, extensions } = contents;
  const body = sequence(
    context(0, integer(Buffer.from([2])), true), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    nameOf(issuer),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [context(3, sequence(...extensions), true)]),
  );
  const der = sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, by ?? privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []; // a blank line would be a fault of the file
  return { pem: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`, key: privateKey };
}

function validity(isExpired: boolean): Pick<Contents, 'notBefore' | 'notAfter'> {
  const now = Date.now();
  return { notBefore: new Date(now - 2 * DAY_MS), notAfter: new Date(isExpired ? now - DAY_MS : now + DAY_MS) };
}

function nameOf(text: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8(text))));
}

function isAuthority(): Buffer {
  return sequence(BASIC_CONSTRAINTS, isTrue(), octets(sequence(isTrue())));
}

function altNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? context(7, Buffer.from(host.split('.').map(Number))) : context(2, Buffer.from(host)),
  );
  return sequence(SUBJECT_ALT_NAME, octets(sequence(...names)));
}

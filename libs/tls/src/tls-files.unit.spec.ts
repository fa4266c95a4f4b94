import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority, type IssuedFiles } from '../../../test/harness/test.authority.js';
import { TlsFileInvalidError } from './tls-file-invalid.error.js';
import { tlsFileFaults } from './tls-files.policy.js';
import { readTlsClient, readTlsFiles } from './tls-files.source.js';

let authority: TestAuthority;
let own: IssuedFiles;
const folder = mkdtempSync(join(tmpdir(), 'sluice-pem-'));
beforeAll(() => {
  authority = new TestAuthority();
  own = authority.issue('client');
});
afterAll(() => {
  authority.remove();
  rmSync(folder, { recursive: true });
});

const prefix = 'RABBITMQ_TLS';
function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const found = (files: Partial<IssuedFiles & { caFile: string }>) =>
  tlsFileFaults({ prefix, ...files }).map((fault) => `${fault.variable}: ${fault.found.replace(`${folder}/`, '')}`);

describe('the files of TLS', () => {
  it('are read as node:tls takes them, and verification is on', () => {
    const options = readTlsClient({ prefix, caFile: authority.caFile, ...own, serverName: 'db.example' });
    expect(Object.keys(options).sort()).toEqual(['ca', 'cert', 'key', 'rejectUnauthorized', 'servername']);
    expect(options).toMatchObject({ servername: 'db.example', rejectUnauthorized: true });
    expect(readTlsClient({ prefix })).toEqual({ rejectUnauthorized: true });
  });

  it('are refused by halves', () => {
    expect(found({ certFile: own.certFile })).toEqual([
      `${prefix}_KEY_FILE: nothing, while ${prefix}_CERT_FILE is set`,
    ]);
    expect(found({ keyFile: own.keyFile })).toEqual([`${prefix}_CERT_FILE: nothing, while ${prefix}_KEY_FILE is set`]);
  });

  it('are named where they cannot be read, all at once', () => {
    const nowhere = join(folder, 'nowhere.pem');
    expect(found({ caFile: nowhere, certFile: folder, keyFile: nowhere })).toEqual([
      `${prefix}_CA_FILE: nowhere.pem, which does not exist`,
      `${prefix}_CERT_FILE: ${folder}, which is a folder`,
      `${prefix}_KEY_FILE: nowhere.pem, which does not exist`,
    ]);
  });

  it('are named where they hold something else', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(
      found({ caFile: written('a.txt', 'hello'), certFile: written('b.pem', broken), keyFile: own.certFile }),
    ).toEqual([
      `${prefix}_CA_FILE: a.txt, which holds no certificate in PEM`,
      `${prefix}_CERT_FILE: b.pem, which holds a certificate that cannot be read`,
      `${prefix}_KEY_FILE: ${own.certFile}, which holds no private key in PEM`,
    ]);
  });

  it('are refused where the key is of another certificate, or locked, and show nothing of it', () => {
    const { keyFile } = authority.issue('another');
    expect(found({ certFile: own.certFile, keyFile })).toEqual([
      `${prefix}_KEY_FILE: the key of another certificate than the first one in ${own.certFile}`,
    ]);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'planted' };
    const locked = written('locked.pem', String(privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher })));
    expect(found({ certFile: own.certFile, keyFile: locked })).toEqual([
      `${prefix}_KEY_FILE: locked.pem, which is locked by a passphrase`,
    ]);
    const read = () => readTlsFiles({ prefix, certFile: own.certFile, keyFile: locked });
    expect(read).toThrow(TlsFileInvalidError);
    expect(read).not.toThrow(/BEGIN|planted/);
  });
});

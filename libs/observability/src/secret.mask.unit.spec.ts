import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretMask, withoutPassword } from './secret.mask.js';

describe('the mask of secrets', () => {
  it('covers a secret as it is, encoded for a URI, quoted in JSON and in base64', () => {
    const mask = new SecretMask(['p@ss "word"/1']);
    const forms = [
      'p@ss "word"/1',
      encodeURIComponent('p@ss "word"/1'),
      Buffer.from('p@ss "word"/1').toString('base64'),
    ];
    for (const form of forms) expect(mask.apply(`before ${form} after`), form).toMatch(/^before \*\*\*=* after$/);
    expect(JSON.parse(mask.apply(JSON.stringify({ said: 'p@ss "word"/1' })))).toEqual({ said: '***' });
  });

  it('knows a secret that was configured encoded in its plain form too', () => {
    expect(new SecretMask(['p%40ssword']).apply('p@ssword p%40ssword')).toBe('*** ***');
  });

  it('covers passwords of URIs, whoever they belong to', () => {
    expect(withoutPassword('"amqp://user:planted@host/v" "mongodb://a:b@c"')).toBe(
      '"amqp://user:***@host/v" "mongodb://a:***@c"',
    );
    expect(withoutPassword('"amqp://user:pl@an/te?d@host/v" is wrong')).toBe('"amqp://user:***@host/v" is wrong');
    expect(withoutPassword('http://localhost:3000/api and ann@example')).toBe(
      'http://localhost:3000/api and ann@example',
    );
  });

  it('leaves short words alone: "guest" is not a secret wherever it stands', () => {
    expect(new SecretMask(['guest']).apply('a guest')).toBe('a guest');
    expect(new SecretMask(['guest']).apply('amqp://guest:guest@mq')).toBe('amqp://guest:***@mq');
  });

  it('leaves no known secret in any line, and every line valid JSON', () => {
    const secret = fc.string({ minLength: 8 }).filter((text) => !'***'.includes(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (planted, before, after) => {
        const line = new SecretMask([planted]).apply(JSON.stringify({ msg: `${before} ${planted} ${after}` }));
        expect((JSON.parse(line) as { msg: string }).msg).not.toContain(` ${planted} `);
      }),
    );
  });
});

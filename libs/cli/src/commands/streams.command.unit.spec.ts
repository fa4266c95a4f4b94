import { describe, expect, it } from 'vitest';
import { ran } from '../surroundings.fixture.js';

describe.each(['pause', 'resume', 'restart'])('streams %s', (what) => {
  it('says who asks and why', async () => {
    const { asked } = await ran(['streams', what, 'shop', '--reason', 'new disks']);
    expect(asked).toMatchObject([{ method: 'POST', body: { by: 'ann', reason: 'new disks' } }]);
  });

  it('promises no audit trail, as streams have none', async () => {
    const { out } = await ran(['streams', what, '--help']);
    expect(out).toContain('log');
    expect(out).not.toContain('audit');
  });
});

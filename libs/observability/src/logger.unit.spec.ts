import { expect, it } from 'vitest';
import { createLogger } from './logger.js';
import { SecretMask } from './secret.mask.js';

/** Keeps the lines in place of writing them. */
class Lines extends SecretMask {
  readonly written: string[] = [];

  constructor() {
    super([]);
  }

  override apply(line: string): string {
    this.written.push(line);
    return '';
  }
}

it.each(['authorization', 'cookie', 'last-event-id'])(
  'nothing is logged of the header %s of a request: it lets somebody in',
  (header) => {
    const mask = new Lines();
    const logger = createLogger({ name: 'test', mask });
    const req = { method: 'GET', headers: { host: 'localhost', [header]: 'c1.place~planted' } };
    logger.error({ req }, 'in the line');
    logger.child({ req }).error('bound'); // as pino-http does it
    expect(mask.written).toHaveLength(2);
    for (const line of mask.written) {
      expect(line).toContain('localhost');
      expect(line).not.toContain('planted');
    }
  },
);

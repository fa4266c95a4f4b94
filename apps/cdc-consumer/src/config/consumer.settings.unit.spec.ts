import { SettingsError } from '@sluice/platform';
import { describe, expect, it } from 'vitest';
import { loadConsumerSettings } from './consumer.settings.js';

const least = { MONGODB_URI: 'mongodb://localhost/', RABBITMQ_URI: 'amqp://localhost' };

function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConsumerSettings(env);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.faults.map(({ path }) => path).sort();
  }
}

describe('the settings of the consumer', () => {
  it('have a default for all but the two servers', () => {
    expect(loadConsumerSettings(least).environment).toMatchObject({
      CONSUMER_HTTP_PORT: 3001,
      CONSUMER_GROUP: 'default',
      PARTITIONS: 4,
      PREFETCH: 200,
      CONCURRENCY: 64,
      MEMBER_ALIVE_MS: 10_000,
      DRAIN_TIMEOUT_MS: 10_000,
    });
  });

  it('take several folders of handlers', () => {
    const { environment } = loadConsumerSettings({ ...least, SLUICE_HANDLERS: '/app/handlers:more' });
    expect(environment.SLUICE_HANDLERS).toEqual(['/app/handlers', 'more']);
  });

  it('name everything that is wrong at once', () => {
    const wrong = { CONSUMER_GROUP: 'a.b', PARTITIONS: '65', PREFETCH: '0', CONCURRENCY: 'many' };
    expect(faultsOf(wrong)).toEqual([
      'CONCURRENCY',
      'CONSUMER_GROUP',
      'MONGODB_URI',
      'PARTITIONS',
      'PREFETCH',
      'RABBITMQ_URI',
    ]);
  });

  it('refuse a drain that the shutdown would cut off', () => {
    expect(faultsOf({ ...least, DRAIN_TIMEOUT_MS: '15000' })).toEqual(['DRAIN_TIMEOUT_MS']);
    expect(faultsOf({ ...least, DRAIN_TIMEOUT_MS: '15000', SHUTDOWN_TIMEOUT_MS: '20000' })).toEqual([]);
  });
});

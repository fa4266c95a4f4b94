import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { consumerEnvironmentSchema, loadConsumerSettings } from './consumer.settings.js';

describe('.env.example', () => {
  const text = readFileSync(new URL('../../../../.env.example', import.meta.url), 'utf8');
  const listed = Object.fromEntries(
    [...text.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );

  it('lists every variable of the consumer with its default', () => {
    const required = { MONGODB_URI: listed['MONGODB_URI'], RABBITMQ_URI: listed['RABBITMQ_URI'] };
    const defaults = consumerEnvironmentSchema.parse(required);
    for (const name of Object.keys(consumerEnvironmentSchema.shape)) {
      const value = defaults[name as keyof typeof defaults];
      expect(listed, name).toHaveProperty(name, value === undefined || typeof value === 'object' ? '' : String(value));
    }
  });

  it('is a configuration that the consumer takes as it stands', () => {
    expect(loadConsumerSettings(listed).environment.CONSUMER_GROUP).toBe('default');
  });
});

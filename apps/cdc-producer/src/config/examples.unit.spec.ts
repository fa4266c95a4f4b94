import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { loadProducerSettings, producerEnvironmentSchema } from './producer.settings.js';
import { streamsFileSchema } from './streams-file.schema.js';

const root = new URL('../../../../', import.meta.url);
const textOf = (name: string) => readFileSync(new URL(name, root), 'utf8');

/** `# key: value # remark`, or the same with `- key` or without the first `#`: an option, on or off. */
const OPTION = /^ +(?:# |- )?([A-Za-z]+): (.*?)(?: # .*)?$/;

describe('sluice.example.yaml', () => {
  const text = textOf('sluice.example.yaml');
  const [stream] = streamsFileSchema.parse(parse(text)).streams;

  it('is a valid streams file that sets only what has no default', () => {
    expect(parse(text)).toEqual({ streams: [{ name: 'shop', scope: { database: 'shop' } }] });
  });

  it('shows every option with its default', () => {
    const options = text.split('\n').flatMap((line) => {
      const [, key, value] = OPTION.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, parse(value) as unknown] as const];
    });
    expect(Object.fromEntries(options)).toEqual(stream);
  });

  it('names the schema that lets an editor complete it', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./sluice.schema.json');
  });
});

describe('.env.example', () => {
  const text = textOf('.env.example');
  const listed = Object.fromEntries(
    [...text.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );

  it('lists every variable of the producer with its default', () => {
    const required = { MONGODB_URI: listed['MONGODB_URI'], RABBITMQ_URI: listed['RABBITMQ_URI'] };
    const defaults = producerEnvironmentSchema.parse(required);
    for (const name of Object.keys(producerEnvironmentSchema.shape)) {
      const value = defaults[name as keyof typeof defaults];
      expect(listed, name).toHaveProperty(name, value === undefined || typeof value === 'object' ? '' : String(value));
    }
  });

  it('is a configuration that the producer takes as it stands', () => {
    const file = new URL('sluice.example.yaml', root).pathname;
    expect(loadProducerSettings({ ...listed, SLUICE_CONFIG: file }).streams).toHaveLength(1);
  });

  it('explains every variable in a comment above it', () => {
    const lines = text.split('\n');
    const bare = lines.filter((line, n) => /^#?[A-Z_]+=/.test(line) && !/^# /.test(lines[n - 1] ?? ''));
    expect(bare).toEqual([]);
  });
});

describe('docker-compose.yml', () => {
  const text = textOf('docker-compose.yml');

  it('takes no variable that .env.example does not list', () => {
    const listed = [...textOf('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    const taken = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    expect(listed).toEqual(expect.arrayContaining(taken));
  });

  it('sets nothing that the producer refuses, and refuses to start without ADMIN_TOKEN', () => {
    const { services } = parse(text, { merge: true }) as { services: Record<string, { environment: object }> };
    const environment = { ...services['cdc-producer']?.environment, ADMIN_TOKEN: 'a token of a good length' };
    const given = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, String(value).replace(/^\$\{[A-Z_]+:-\}$/, '')]),
    );
    const file = new URL('sluice.example.yaml', root).pathname;
    expect(loadProducerSettings({ ...given, SLUICE_CONFIG: file }).environment.HTTP_HOST).toBe('0.0.0.0');
    expect(text).toMatch(/\$\{ADMIN_TOKEN:\?Set ADMIN_TOKEN/);
  });

  it('gives the apps longer to stop than they give themselves', () => {
    const limitMs = Number(/SHUTDOWN_TIMEOUT_MS: (\d+)/.exec(text)?.[1]);
    const graceSeconds = Number(/x-app:[\s\S]*?stop_grace_period: (\d+)s/.exec(text)?.[1]);
    expect(graceSeconds * 1000).toBeGreaterThan(limitMs);
  });
});

import type { SettingSource } from '@sluice/contracts';

/** Where each setting of an app comes from. */
export class SettingSources {
  private constructor(private readonly given: ReadonlyMap<string, SettingSource>) {}

  /** Nothing is known to be given. */
  static none(): SettingSources {
    return new SettingSources(new Map());
  }

  /** `ofFile`: names that `.env` gave; an empty variable gives nothing. */
  static ofEnvironment(env: NodeJS.ProcessEnv, ofFile: ReadonlySet<string>): SettingSources {
    const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
    return new SettingSources(new Map(given.map(([name]) => [name, ofFile.has(name) ? 'file' : 'environment'])));
  }

  /** These and those of a file of streams, `streams.<name>.<option>`. */
  withFile(names: Iterable<string>): SettingSources {
    return new SettingSources(new Map([...this.given, ...[...names].map((name) => [name, 'file'] as const)]));
  }

  of(name: string): SettingSource {
    return this.given.get(name) ?? 'default';
  }
}

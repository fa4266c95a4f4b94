/** One thing that is wrong with the configuration. */
export interface SettingsFault {
  /** Where: a variable's name, or the path in the streams' file (`sluice.yaml: streams[0].name`). */
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
}

/** Exit code for a wrong configuration: EX_CONFIG of sysexits.h. */
export const EXIT_CONFIG = 78;

/** Everything that is wrong with the configuration, at once: nobody wants to learn it one restart at a time. */
export class SettingsError extends Error {
  readonly code = 'SLUICE-CONFIG-INVALID';

  constructor(readonly faults: readonly SettingsFault[]) {
    super(
      [
        `SLUICE-CONFIG-INVALID  ${faults.length} ${faults.length === 1 ? 'setting is' : 'settings are'} wrong; nothing was started.`,
        ...faults.map(({ path, found, allowed }) => `  ${path}\n      found:   ${found}\n      allowed: ${allowed}`),
      ].join('\n'),
    );
    this.name = 'SettingsError';
  }
}

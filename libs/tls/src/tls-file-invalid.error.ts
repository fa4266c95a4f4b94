/** One thing that is wrong with a file of TLS, or with what names it. */
export interface TlsFileFault {
  /** The variable that names it. */
  readonly variable: string;
  readonly found: string;
  readonly allowed: string;
}

/** Files of TLS cannot be used as they are; nothing is sent without TLS instead. */
export class TlsFileInvalidError extends Error {
  readonly code = 'SLUICE-TLS-FILE-INVALID';
  constructor(readonly faults: readonly TlsFileFault[]) {
    super(faults.map(({ variable, found, allowed }) => `${variable}: found ${found}; allowed: ${allowed}`).join('. '));
    this.name = 'TlsFileInvalidError';
  }
}

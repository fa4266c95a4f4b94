/** A page of another origin asks to connect. */
export class OriginForbiddenError extends Error {
  readonly code = 'SLUICE-REALTIME-ORIGIN-FORBIDDEN';
  readonly httpStatus = 403;

  constructor(origin: string, allowed: readonly string[]) {
    super(
      `a page of ${origin.slice(0, 200)} may not connect; allowed: pages of this host${allowed.map((each) => `, ${each}`).join('')} (REALTIME_ORIGINS)`,
    );
    this.name = 'OriginForbiddenError';
  }
}

/**
 * Browsers let any page open a WebSocket to anywhere, and say only which page it is. Programs that are no browsers say
 * nothing, and are known by their tokens alone.
 * https://cheatsheetseries.owasp.org/cheatsheets/WebSocket_Security_Cheat_Sheet.html#origin-header-validation
 * @throws OriginForbiddenError
 */
export function refuseForeignOrigin(
  { origin, host }: { readonly origin?: string | undefined; readonly host?: string | undefined },
  allowed: readonly string[],
): void {
  if (origin === undefined || allowed.includes(origin)) return;
  // A proxy that ends TLS shows another scheme than the page's: the host says whose page it is.
  const pageHost = URL.canParse(origin) ? new URL(origin).host : undefined;
  if (pageHost === undefined || pageHost === '' || pageHost !== host?.toLowerCase()) {
    throw new OriginForbiddenError(origin, allowed);
  }
}

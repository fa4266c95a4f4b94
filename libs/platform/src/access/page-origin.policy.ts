import { PageForeignError } from './access.errors.js';
import { isLoopback } from './loopback.js';

/** What a request says of where it comes from. */
export interface RequestOrigin {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly fetchSite?: string | undefined;
}

/**
 * Without a token whoever reaches the port may do anything, and a browser of this machine reaches it for any page that
 * it shows: by a form that posts across sites, or by a name of the page's own that points to 127.0.0.1. So only pages
 * of this machine are served, under its own names. https://fetch.spec.whatwg.org/#origin-header
 * @throws PageForeignError
 */
export function refuseForeignPages({ host, origin, fetchSite }: RequestOrigin): void {
  if (host !== undefined && !isLoopback(hostname(`http://${host}`))) throw new PageForeignError(`the host ${host}`);
  if (origin !== undefined && !isLoopback(hostname(origin))) throw new PageForeignError(`the page ${origin}`);
  if (fetchSite === 'cross-site') throw new PageForeignError('another site');
}

function hostname(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

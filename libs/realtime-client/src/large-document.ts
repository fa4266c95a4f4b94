/**
 * Fetches a document that was too large for a message from the `href` of its event: null where it is gone, or no longer
 * matches. With a ticket as the WebSocket has one.
 */
export async function largeDocument<T>(
  url: string,
  href: string,
  ticket: (() => Promise<string>) | undefined,
): Promise<T | null> {
  const address = new URL(href, url.replace(/^ws/, 'http'));
  if (ticket) address.searchParams.set('ticket', await ticket());
  const response = await fetch(address);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${address.pathname} answers ${response.status}`);
  const { fullDocument } = (await response.json()) as { readonly fullDocument: T }; // of the type that the caller named
  return fullDocument;
}

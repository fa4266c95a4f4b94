import { CLIENT_ERROR, RealtimeError } from './realtime.error.js';

/** As much of the standard WebSocket as the client uses: the browser's, Node's (from 22 on), that of `ws`. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}
export type WebSocketConstructor = new (url: string) => WebSocketLike;

/** The given constructor, else the platform's. @throws RealtimeError SLUICE-REALTIME-WEBSOCKET-MISSING */
export function webSocketConstructor(given: WebSocketConstructor | undefined): WebSocketConstructor {
  // Not in the types of Node 20, which has none.
  const found = given ?? (globalThis as { readonly WebSocket?: WebSocketConstructor }).WebSocket;
  if (found) return found;
  throw new RealtimeError(
    CLIENT_ERROR.noWebSocket,
    "No global WebSocket here (Node has one from 22 on). Give one: new RealtimeClient({ WebSocket: (await import('ws')).WebSocket, … }).",
  );
}

/** `http` and `https` as `ws` and `wss`, with the ticket where there is one. */
export function addressOf(url: string, ticket: string | undefined): string {
  const address = url.replace(/^http/, 'ws');
  if (ticket === undefined) return address;
  return `${address}${address.includes('?') ? '&' : '?'}ticket=${encodeURIComponent(ticket)}`;
}

/** Where live push is served: what serves a path, asks for a token there or links to it takes it from here. */
export const REALTIME_PATHS = {
  /** Of the WebSocket. */
  socket: '/realtime',
  tickets: '/realtime/tickets',
  events: '/realtime/events',
  documents: '/realtime/documents',
  /** Open to all, as the next. */
  demo: '/realtime/demo',
  /** `@sluice/realtime-client` as one module. */
  client: '/realtime/client.js',
} as const;

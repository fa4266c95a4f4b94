/** Of a URL, with its query or without: where server-sent events are. */
export const EVENTS_PATH = /^\/realtime\/events\/?(\?|$)/i;

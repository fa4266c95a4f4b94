import { REALTIME_PATHS } from '@sluice/contracts';

const { socket, events, documents } = REALTIME_PATHS;

/** Of a path: where WebSockets are. This and the next two regardless of case, as Express tells paths apart. */
export const SOCKET_PATH = new RegExp(`^${socket}/?$`, 'i');

/** Of a URL, with its query or without: where server-sent events are. */
export const EVENTS_URL = new RegExp(`^${events}/?(\\?|$)`, 'i');

/** Of a path: what a browser opens by its URL alone, so that no header can be sent. */
export const OPENED_BY_URL = new RegExp(`^(${events}|${documents})(/|$)`, 'i');

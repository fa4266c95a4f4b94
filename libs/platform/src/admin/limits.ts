/** The largest body of a request. What is sent is a change of one thing; the longest is a group's thousand patterns. */
export const MAX_BODY_BYTES = 512 * 1024;

/** The longest path and query of a request; Node.js itself ends at 16 KiB with all headers. */
export const MAX_URL_LENGTH = 8 * 1024;

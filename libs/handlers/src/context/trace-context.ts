/** The trace that a message belongs to, https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the span that published the message. */
  readonly parentId: string;
  readonly sampled: boolean;
  /** As it came, for a tracer's own propagator. */
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Fields of a later version may follow; version ff and ids of zeros are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;
const VERSION_00_LENGTH = 55;
const SAMPLED = 1;

/** Reads the headers `traceparent` and `tracestate`; `undefined` where there is no trace, or what is no valid one. */
export function traceContextOf(headers: Readonly<Record<string, unknown>>): TraceContext | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return undefined;
  const [, traceId, parentId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  const hasMore = traceparent.length > VERSION_00_LENGTH;
  if (hasMore && traceparent.startsWith('00')) return undefined;
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  const sampled = (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED;
  return { traceId, parentId, sampled, traceparent, ...(typeof tracestate === 'string' ? { tracestate } : {}) };
}

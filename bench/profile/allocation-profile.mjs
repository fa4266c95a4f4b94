import { sharesOf } from './code-places.mjs';

/** What a sampled heap profile of V8 comes to: bytes for each event, where they went, and the functions with most. */
export function allocationsOf({ head }, { functions, events }) {
  if (events <= 0) throw new Error('was done before it could be sampled: ask for more --events');
  const { total, shares, top } = sharesOf(allocated(head), { functions });
  return { bytesPerEvent: total / events, ...shares, top };
}

/** The node itself and all below it, each with what it allocated by itself. */
function allocated({ callFrame, selfSize, children }) {
  return [[callFrame, selfSize], ...children.flatMap(allocated)];
}

/** What an operator does to have a stream go on that its position stops; the same words in every error that asks for it. */
export function startAnew(stream: string): string {
  const path = `/api/v1/streams/${stream}`;
  return (
    `have it go on from now: POST ${path}/pause, then PUT ${path}/position with {"to":"now","by":"…","reason":"…"} and ` +
    `"If-Match: *", then POST ${path}/resume (docs/operations.md; any producer takes them)`
  );
}

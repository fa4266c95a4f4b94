/** What an operator does to have a stream begin anew; the same words in every error that asks for it. */
export function startAnew(stream: string): string {
  return `delete its position (the document "${stream}" in the collection "streams" of the state database) to start anew`;
}

/** Where producers put what large events had no room for in their messages. */
export abstract class ClaimedBodies {
  /**
   * What is stored under a claim, as far as it can be read: one copy, or none, or several where producers wrote the same
   * at the same time; the newest first. Whether the bytes are the right ones is for the caller to check.
   * @throws whatever keeps it from looking; a body that is not there is no error
   */
  abstract copies(claim: string): AsyncIterable<Buffer>;
}

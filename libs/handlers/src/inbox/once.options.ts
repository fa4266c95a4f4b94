/** How a handler's effects happen once. */
export interface OnceOptions {
  /**
   * Name of the Mongoose connection that the handler writes to, where the inbox then lives too (a transaction cannot
   * span two clients); default: the application's default connection.
   */
  readonly connection?: string;
}

/** What a decorator's `once` asks for; `undefined`: nothing. */
export function onceOptions(once: boolean | OnceOptions | undefined): OnceOptions | undefined {
  if (once === undefined || once === false) return undefined;
  return once === true ? {} : once;
}

/** A promise and what settles it; `Promise.withResolvers` of Node 22 (https://nodejs.org/api/globals.html). */
export function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

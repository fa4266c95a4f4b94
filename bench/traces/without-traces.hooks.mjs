/** What an event passes; a file that is not called so any more would leave its lines in, and is noticed by the count. */
const PASSED = /\/(stream\.relay|relay\.factory|event\.handling)\.js$/;

/** Leaves out each call of a tracer, and takes each question whether there is one for answered. */
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!PASSED.test(url)) return loaded;
  const source = withoutTraces(String(loaded.source));
  return { ...loaded, source };
}

/** @throws where there is nothing to leave out: what is compared would be the same program */
export function withoutTraces(source) {
  const stripped = source
    .replace(/\btracer\?\.\w+\([^()]*\);/g, '')
    .replace(/(this\.)?\btracer === undefined/g, 'true');
  if (stripped === source) throw new Error('no line of traces was found to be left out');
  return stripped;
}

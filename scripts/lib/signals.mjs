/**
 * Turns the wish to stop (Ctrl-C, SIGTERM, a closed terminal or pipe) into an AbortSignal. The first asks for an orderly
 * end; a second one ends at once, and the next run sees to what is left.
 */
export function stopOnSignals() {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop);
  process.stdout.on('error', () => controller.abort()); // nobody reads any more
  return controller.signal;
}

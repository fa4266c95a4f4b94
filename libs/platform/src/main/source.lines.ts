import sourceMapSupport from 'source-map-support';

/**
 * Stacks name the lines of the sources, whose maps are read when a stack is asked for that goes through them. Node's own
 * `--enable-source-maps` reads the map of every module that is loaded, of packages as well, and keeps them parsed: up to
 * 18 of 48 MB that are alive in an app, which each full collection goes through (docs/performance-profile.md).
 */
export function tellSourceLines(): void {
  sourceMapSupport.install({ environment: 'node', handleUncaughtExceptions: false });
}

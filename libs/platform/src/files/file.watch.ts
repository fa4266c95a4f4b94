import { unwatchFile, watchFile } from 'node:fs';

/** By polling: a mounted secret is a link to a folder that is exchanged, which events of the file do not show. */
const LOOK_MS = 1_000;

/** Calls whenever one of the files has changed. Answers what ends that. */
export function watchFiles(paths: readonly string[], onChange: () => void): () => void {
  const listener = () => onChange(); // of its own: the same function may watch a file for somebody else
  for (const path of paths) watchFile(path, { interval: LOOK_MS, persistent: false }, listener);
  return () => {
    for (const path of paths) unwatchFile(path, listener);
  };
}

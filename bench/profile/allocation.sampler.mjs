/**
 * Loaded into an app with `--import`: SIGUSR2 begins to sample what is allocated, a second one ends it and leaves the
 * profile in the file that the URL names. Sampled is what V8's heap takes, garbage included; the bytes of buffers lie
 * outside of it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const INTERVAL_BYTES = 16_384;
const file = new URL(import.meta.url).searchParams.get('to');
const session = new Session();
session.connect();

process.once('SIGUSR2', () => {
  session.post('HeapProfiler.startSampling', {
    samplingInterval: INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  process.once('SIGUSR2', () =>
    session.post('HeapProfiler.stopSampling', (error, result) => {
      if (error !== null) throw error;
      writeFileSync(`${file}.part`, JSON.stringify(result.profile));
      renameSync(`${file}.part`, file); // whoever waits for it finds it whole
    }),
  );
});

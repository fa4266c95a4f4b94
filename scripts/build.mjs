import { build } from './lib/build.mjs';
import { print, printFailure } from './lib/screen.mjs';
import { stopOnSignals } from './lib/signals.mjs';

/** `npm run build`: both apps and the command line, each into an output folder that Nest empties first. */
try {
  print(await build({ say: print, signal: stopOnSignals() }));
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}

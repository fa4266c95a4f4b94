/** Loaded into an app with `--import`: it runs as if its code had no word of traces. */
import { register } from 'node:module';

register('./without-traces.hooks.mjs', import.meta.url);

// `npm run build`: both apps, into an empty dist (a deleted handler file must not live on in it).
import { build } from './lib/build.mjs';

console.log(await build({ say: console.log, signal: AbortSignal.timeout(30 * 60_000) }));

import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, whatever folder a script is called from. */
export const root = realpathSync(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));

/** Everything that the scripts make for themselves; ignored by git, safe to delete while nothing runs. */
export const privateDir = join(root, '.sluice');

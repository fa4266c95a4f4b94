import { readFileSync } from 'node:fs';
import { dottedPath, faultsOf, type SettingsFault } from '@sluice/platform';
import { parse, YAMLParseError } from 'yaml';
import { grantsFileSchema, type Grant } from './grant.schema.js';

const SETTING = 'REALTIME_GRANTS_FILE';
const FORM =
  'a YAML file with a list `grants`, each with `to` or `roles`, `namespaces`, and maybe `operations` and `fields`';

/** The file of grants cannot be read, or says something that is not known: nothing of it counts. */
export class GrantsFileInvalidError extends Error {
  readonly code = 'SLUICE-REALTIME-GRANTS-INVALID';

  constructor(readonly faults: readonly SettingsFault[]) {
    const lines = faults.map(({ path, found, allowed }) => `${path}: found ${found}; allowed: ${allowed}`);
    super(`SLUICE-REALTIME-GRANTS-INVALID  ${lines.join('. ')}`);
    this.name = 'GrantsFileInvalidError';
  }
}

/** @throws GrantsFileInvalidError with every fault at once */
export function readGrantsFile(path: string): readonly Grant[] {
  const content = contentOf(path);
  const parsed = grantsFileSchema.safeParse(content);
  if (parsed.success) return parsed.data.grants;
  const at = (where: readonly PropertyKey[]) => `${SETTING} ${path}: ${dottedPath(where)}`;
  throw new GrantsFileInvalidError(faultsOf(parsed.error, content, at));
}

/** What is wrong with the file that a setting names, for the start. */
export function grantsFileFaults(path: string | undefined): readonly SettingsFault[] {
  if (path === undefined) return [];
  try {
    readGrantsFile(path);
    return [];
  } catch (error) {
    if (error instanceof GrantsFileInvalidError) return error.faults;
    throw error;
  }
}

function contentOf(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const found =
      error instanceof YAMLParseError
        ? (error.message.split('\n')[0] ?? 'no YAML')
        : `nothing to read (${String((error as NodeJS.ErrnoException).code)})`; // node:fs throws nothing else
    throw new GrantsFileInvalidError([{ path: `${SETTING} ${path}`, found, allowed: FORM }]);
  }
}

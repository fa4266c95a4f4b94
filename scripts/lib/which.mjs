import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Every executable file of that name: along PATH, then where servers live, which a user's PATH often lacks. */
export function whichAll(name) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ADMIN_FOLDERS].filter(Boolean);
  return [...new Set(folders.map((folder) => join(folder, name)))].filter(isExecutable);
}

export function which(name) {
  return whichAll(name)[0];
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import { CONTROLLER_WATERMARK, INJECTABLE_WATERMARK } from '@nestjs/common/constants.js';
import { isHandlerClass } from '@sluice/handlers';
import { SettingsError } from '@sluice/platform';
import { HandlerFileEmptyError } from './handler-file-empty.error.js';

/** What the handler files of a folder export. */
export interface HandlerClasses {
  readonly providers: readonly Type<unknown>[];
  readonly controllers: readonly Type<unknown>[];
}

/** `order.handler.js` as it is built, `.ts` where the sources run as they are; no declarations, maps or tests. */
const HANDLER_FILE = /(?<!\.d)\.handler\.(js|ts)$/;

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'which does not exist',
  ENOTDIR: 'which is no folder',
};

/**
 * Imports every `*.handler.js` of the folder and its subfolders, so that adding a handler is adding its file. Throws
 * `HandlerFileEmptyError` for a file without a handler class, which would be silent for ever, and `SettingsError` where
 * there is no such folder.
 */
export async function loadHandlerFiles(folder: string): Promise<HandlerClasses> {
  const names = await namesIn(folder);
  const files = names.filter((name) => HANDLER_FILE.test(name) && !isHidden(name)).sort();
  const classes = (await Promise.all(files.map((name) => classesOf(join(folder, name))))).flat();
  return {
    providers: classes.filter((each) => !isController(each)),
    controllers: classes.filter(isController),
  };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const found = `${folder}, ${UNREADABLE[code] ?? `which cannot be read (${code})`}`;
    throw new SettingsError([{ path: 'SLUICE_HANDLERS', found, allowed: 'a folder with built *.handler.js files' }]);
  }
}

/** An editor's or a test's own folder, not part of the app. */
function isHidden(name: string): boolean {
  return name.split(sep).some((part) => part.startsWith('.'));
}

/** Other injectable classes of the file come along: a handler's helper may live beside it. */
async function classesOf(file: string): Promise<Type<unknown>[]> {
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>; // a module's namespace object
  const classes = [...new Set(Object.values(exported))].filter(isNestClass);
  if (classes.some(isHandlerClass)) return classes;
  const plain = Object.entries(exported).filter(([, value]) => isHandlerClass(value) && !isNestClass(value));
  const names = plain.map(([name]) => name).join(', ');
  throw new HandlerFileEmptyError(
    file,
    plain.length > 0 ? `${names} lacks @Injectable()` : 'it exports no handler class',
  );
}

function isNestClass(value: unknown): value is Type<unknown> {
  if (typeof value !== 'function') return false;
  return Reflect.hasOwnMetadata(INJECTABLE_WATERMARK, value) || isController(value);
}

function isController(value: object): boolean {
  return Reflect.hasOwnMetadata(CONTROLLER_WATERMARK, value);
}

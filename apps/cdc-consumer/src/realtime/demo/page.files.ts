import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Injectable, NotFoundException } from '@nestjs/common';

const FOLDER = new URL('./page/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = { '.html': 'html', '.css': 'css', '.js': 'text/javascript' };

export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/** What stands in the folder `page`, read once: a few kilobytes, and no path of a request ever reaches the disk. */
@Injectable()
export class PageFiles {
  private readonly files = new Map<string, PageFile>();

  constructor() {
    for (const name of readdirSync(FOLDER)) {
      const type = TYPES[extname(name)];
      if (type !== undefined) this.files.set(name, { type, text: readFileSync(new URL(name, FOLDER), 'utf8') });
    }
  }

  /** @throws NotFoundException */
  get(name: string): PageFile {
    const file = this.files.get(name);
    if (file !== undefined) return file;
    throw new NotFoundException(
      name === 'client.js' ? 'The client was not bundled: `npm run build` does that.' : `There is no ${name} here.`,
    );
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APPS, CLI, entryOf, outputOf, stampOf } from './build.mjs';
import { NODE_FLAGS } from './node-flags.mjs';
import { root } from './paths.mjs';

const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

describe.each(APPS)('the output of %s', (app) => {
  it('is its own, and emptied by Nest: a deleted handler must not live on, nor the stamp outlive what it stands for', () => {
    const { compilerOptions } = read('nest-cli.json').projects[app];
    expect(compilerOptions).toMatchObject({ tsConfigPath: `apps/${app}/tsconfig.app.json`, deleteOutDir: true });
    const { outDir } = read('apps', app, 'tsconfig.app.json').compilerOptions;
    expect(join(root, 'apps', app, outDir)).toBe(outputOf(app));
    expect(stampOf(app).startsWith(`${outputOf(app)}/`)).toBe(true);
  });

  it('is what package.json, the image and the tests start', () => {
    const entry = entryOf(app).slice(root.length + 1);
    expect(read('package.json').scripts[`start:${app.slice(4)}`]).toBe(`node ${NODE_FLAGS.join(' ')} ${entry}`);
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(
      `ENTRYPOINT ${JSON.stringify(['node', ...NODE_FLAGS, entry]).replaceAll(',', ', ')}`,
    );
  });
});

describe('the output of the command line', () => {
  it('is its own, emptied by Nest, and where the linked command looks for it', () => {
    expect(read('nest-cli.json').projects[CLI].compilerOptions).toEqual({
      tsConfigPath: 'libs/cli/tsconfig.lib.json',
      deleteOutDir: true,
    });
    const { outDir } = read('libs', CLI, 'tsconfig.lib.json').compilerOptions;
    expect(join(root, 'libs', CLI, outDir)).toBe(outputOf(CLI));
    const { bin } = read('libs', CLI, 'package.json');
    const link = join(root, 'libs', CLI, bin.sluice);
    const [, looksFor] = /new URL\('([^']+)'/.exec(readFileSync(link, 'utf8'));
    expect(join(link, '..', looksFor)).toBe(entryOf(CLI));
  });
});

import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { ruleBrokenBy } from './import-rules.mjs';

const nodeModules = new Set(builtinModules);

function check(file, specifier, target = specifier) {
  return ruleBrokenBy({ file, specifier, target, nodeModules });
}

describe('the directions of imports', () => {
  it.each([
    ['contracts importing NestJS', 'libs/contracts/src/a.ts', '@nestjs/common'],
    ['contracts importing another library', 'libs/contracts/src/a.ts', '@sluice/messaging'],
    ['contracts reading files', 'libs/contracts/src/a.ts', 'node:fs/promises'],
    ['a library importing an app', 'libs/messaging/src/a.ts', '../../../apps/x/src/b.js', 'apps/x/src/b.js'],
    ['an app importing the other', 'apps/x/src/a.ts', '../../y/src/b.js', 'apps/y/src/b.js'],
    ['a path into another package', 'apps/x/src/a.ts', '../../../libs/m/src/b.js', 'libs/m/src/b.js'],
    ['a package importing itself by name', 'libs/m/src/a.ts', '@sluice/m'],
    ['a package importing its own barrel', 'libs/m/src/deep/a.ts', '../index.js', 'libs/m/src/index.js'],
  ])('refuse %s', (_title, file, specifier, target) => {
    expect(check(file, specifier, target)).toEqual(expect.any(String));
  });

  it.each([
    ['contracts hashing', 'libs/contracts/src/a.ts', 'node:crypto'],
    ['a test of contracts reading its vectors', 'libs/contracts/src/a.unit.spec.ts', 'node:fs'],
    ['an app importing a library by name', 'apps/x/src/a.ts', '@sluice/contracts'],
    ['a library importing another by name', 'libs/m/src/a.ts', '@sluice/contracts'],
    ['a neighbour in the same package', 'libs/m/src/a.ts', './b.js', 'libs/m/src/b.js'],
    ["a feature folder's own index", 'apps/x/src/relay/a.ts', './index.js', 'apps/x/src/relay/index.js'],
  ])('allow %s', (_title, file, specifier, target) => {
    expect(check(file, specifier, target)).toBeUndefined();
  });
});

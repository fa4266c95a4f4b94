import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

/**
 * Files share what they import, since importing both apps takes longer than most tests; and a test that fails before it
 * takes its spies back is none of the others' business.
 */
const ONE_IMPORT_A_WORKER = { isolate: false, restoreMocks: true };

/** A busy machine is no failure: only what never ends is cut off. */
const PATIENCE = { testTimeout: 300_000, hookTimeout: 300_000 };

const SAME_CASES = ['test/harness/properties.setup.ts'];

/** One configuration; the kind of a test stands in its file's name. */
export default defineConfig({
  plugins: [swc.vite({ module: { type: 'es6' } })],
  resolve: { tsconfigPaths: true },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{apps,libs,test}/**/*.unit.spec.ts', '{scripts,bench}/**/*.unit.spec.mjs'],
          setupFiles: SAME_CASES,
          ...ONE_IMPORT_A_WORKER,
          ...PATIENCE,
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['test/integration/**/*.int.spec.ts'],
          setupFiles: SAME_CASES,
          ...ONE_IMPORT_A_WORKER,
          ...PATIENCE,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/{e2e,chaos}/**/*.e2e.spec.ts'],
          ...PATIENCE,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/chaos/**/*.long.spec.ts'],
          ...PATIENCE,
          testTimeout: 600_000,
        },
      },
    ],
  },
});

import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

/** One configuration; the kind of a test stands in its file's name. */
export default defineConfig({
  plugins: [swc.vite({ module: { type: 'es6' } })],
  resolve: { tsconfigPaths: true },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{apps,libs,test}/**/*.unit.spec.ts', '{scripts,bench}/**/*.unit.spec.mjs'] },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['test/integration/**/*.int.spec.ts'],
          isolate: false, // one import of both apps for each worker and not for each file: it takes longer than the tests
          restoreMocks: true, // a test that fails before it takes its spies back is none of the others' business
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/{e2e,chaos}/**/*.e2e.spec.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/chaos/**/*.long.spec.ts'],
          testTimeout: 600_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});

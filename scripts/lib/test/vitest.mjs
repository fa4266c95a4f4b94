import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from '../command.mjs';
import { environmentWith } from '../environment.mjs';
import { root } from '../paths.mjs';

const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const LIMIT_MS = 14 * 60_000;
/**
 * Test files at the same time; vitest alone would leave one of two cores to nobody. Those on real servers mostly wait
 * for them, so that more run than there are cores.
 */
const WORKERS = { unit: 2, int: 4, e2e: 3, long: 1 };
/**
 * How often one that failed is tried again. On real servers that are killed and cut off on a busy machine a test may fail
 * of the machine; one that passes then is named at the end of the run, with what it said at first, and wants a look.
 */
const RETRIES = { unit: 0, int: 1, e2e: 1, long: 0 };
const DETAILS = /^\s*⎯+ (Failed Tests|Failed Suites|Unhandled)/m;

/**
 * Runs one project of vitest.config.ts against the run's servers (unit tests need none), with `env` beside what
 * the run's own has; answers its counts, and its own words on failures.
 */
export async function runVitest({ project, paths, slot, servers, env, signal }) {
  const report = join(slot.dir, `vitest-${project}.json`);
  rmSync(report, { force: true });
  const workers = WORKERS[project] ? [`--maxWorkers=${WORKERS[project]}`] : [];
  const retries = `--retry=${RETRIES[project]}`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code, reason, output } = await run(
    process.execPath,
    [program, 'run', '--project', project, ...workers, retries, ...reporters, ...paths],
    {
      title: `vitest ${project}`,
      cwd: root,
      env: environmentWith({
        NO_COLOR: '1',
        ...(servers && {
          SLUICE_TEST_MONGODB_URI: servers.mongodb.uri,
          SLUICE_TEST_RABBITMQ_URI: servers.rabbitmq.uri,
        }),
        ...env,
      }),
      scope: slot.scope,
      signal,
      limitMs: LIMIT_MS,
      check: false,
    },
  );
  const counts = countsIn(report);
  if (code !== 0 && counts.failed === 0) counts.failed = 1; // an error outside of any test, or none was found
  return { ...counts, details: counts.failed > 0 ? detailsIn(output, reason) : '' };
}

function countsIn(file) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch {
    return { passed: 0, failed: 0, skipped: [], unsteady: [] }; // vitest did not come so far as to write it
  }
  const counts = { passed: 0, failed: 0, skipped: [], unsteady: [] };
  for (const { name, status, assertionResults } of results) {
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) counts.failed += 1;
    for (const test of assertionResults) {
      const title = `${relative(root, name)}: ${test.fullName}`;
      if (test.status === 'failed') counts.failed += 1;
      else if (test.status !== 'passed') counts.skipped.push(title);
      else {
        counts.passed += 1;
        const [failure] = test.failureMessages; // of a try before
        if (failure !== undefined)
          counts.unsteady.push(`${title}\n    ${failure.split('\n').slice(0, 12).join('\n    ')}`);
      }
    }
  }
  return counts;
}

/** vitest's own account of what failed, from its first heading on. */
function detailsIn(output, reason) {
  const start = output.search(DETAILS);
  const words = start < 0 ? output.split('\n').slice(-40).join('\n') : output.slice(start);
  return reason ? `${words}\nvitest ${reason}` : words;
}

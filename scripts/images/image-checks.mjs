import { run } from '../lib/command.mjs';
import { root } from '../lib/paths.mjs';

const BUILD_LIMIT_MS = 20 * 60_000;
const ONCE_LIMIT_MS = 2 * 60_000;
const MOST_MB = 80;
const EXIT_CONFIG = 78;

/** What is asked of one image, or of the base (`target` is its name in the Dockerfile), without any server. */
export class ImageChecks {
  constructor({ tool, slot, signal }) {
    this.tool = tool;
    this.slot = slot;
    this.signal = signal;
  }

  async build(target) {
    const image = imageOf(target);
    await this.#call(this.tool.build(image, target), { title: `build ${target}`, limitMs: BUILD_LIMIT_MS });
    return image;
  }

  async sizeInMb(target) {
    const { output } = await this.#call(this.tool.size(imageOf(target)), { title: `size of ${target}` });
    const size = /^\d+/m.exec(output);
    if (!size) throw new Error(`size of ${target}: no number in "${output.trim()}"`);
    return Number(size[0]);
  }

  /** Answers the megabytes that an image adds to its base. */
  async refuseHeavy(target, baseMb) {
    const addsMb = (await this.sizeInMb(target)) - baseMb;
    if (addsMb > MOST_MB) throw new Error(`${target} adds ${addsMb} MB to its base; ${MOST_MB} MB are allowed`);
    return addsMb;
  }

  async refuseRoot(target) {
    const { output } = await this.once(target, { args: ['node', '-e', 'console.log(`uid ${process.getuid()}`)'] });
    const uid = /uid (\d+)/.exec(output)?.[1];
    if (uid === undefined || uid === '0') throw new Error(`${target} runs as root (${output.trim()})`);
  }

  /** Listening on every address without a token: exit code 78, and a sentence that names the variable. */
  async refuseWithoutToken(target, env) {
    const { code, output } = await this.once(target, { env, check: false });
    if (code === EXIT_CONFIG && output.includes('ADMIN_TOKEN')) return;
    const error = new Error(`${target} without ADMIN_TOKEN: exit code ${code}, ${EXIT_CONFIG} and a sentence expected`);
    throw Object.assign(error, { tail: output });
  }

  /** What the image's HEALTHCHECK runs; `variable` holds the app's port. */
  async refuseUnhealthy(target, { env, variable }) {
    await this.once(target, { env, args: ['node', 'health-check.mjs', variable] });
  }

  /** Handlers that are mounted import the libs by name, and must get the app's own copy. */
  async refuseSecondCopy(target) {
    const same =
      "(await import('@sluice/handlers')).OnInsert === (await import('./dist/cdc-consumer/libs/handlers/src/index.js')).OnInsert";
    const script = `await import('reflect-metadata'); process.exit(${same} ? 0 : 1)`;
    await this.once(target, { args: ['node', '--input-type=module', '-e', script] });
  }

  /** Runs an image to its end; `args` replace the image's own command. */
  once(target, { env, args, check = true }) {
    const command = this.tool.run(imageOf(target), { env, args });
    return this.#call(command.args, { title: `run ${target}`, env: command.env, check });
  }

  #call(args, { env, ...options }) {
    return run(this.tool.command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      scope: this.slot.scope,
      signal: this.signal,
      limitMs: ONCE_LIMIT_MS,
      ...options,
    });
  }
}

/** Named apart from the images that compose builds. */
export function imageOf(target) {
  return `sluice-test-${target}`;
}

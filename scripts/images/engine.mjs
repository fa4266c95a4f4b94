import { run } from '../lib/command.mjs';

/** Docker, or what takes the same arguments. */
export function engine(command) {
  return {
    command,
    build: (name, target) => ['build', '-t', name, '--target', target, '.'],
    // What the image store reports is compressed in some engines and not in others: measured inside instead.
    size: (name) => ['run', '--rm', '--user', '0', '--entrypoint', 'du', name, '-sxm', '/'],
    run: (name, { env = {}, args = [], container }) => {
      const [entrypoint, ...rest] = args;
      const options = [
        ...(container ? ['--name', container] : []),
        ...Object.keys(env).flatMap((key) => ['--env', key]),
        ...(entrypoint ? ['--entrypoint', entrypoint] : []),
      ];
      return { args: ['run', '--rm', '--network', 'host', ...options, name, ...rest], env };
    },
    terminate: async ({ container }) => {
      await run(command, ['kill', '--signal', 'TERM', container], { title: `${command} kill` });
    },
    remove: async (container) => {
      await run(command, ['rm', '--force', container], { check: false });
    },
  };
}

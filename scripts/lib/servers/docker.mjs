import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.mjs';
import { root } from '../paths.mjs';
import { reservePort } from '../ports.mjs';
import { which } from '../which.mjs';

const DAEMON_LIMIT_MS = 10_000;
const UP_LIMIT_MS = 15 * 60_000; // images are pulled the first time
const composeFile = join(root, 'docker-compose.yml');

/** Why the compose file's services cannot be used here; undefined where they can. */
export async function whyNotDocker() {
  if (!existsSync(composeFile)) return 'there is no docker-compose.yml';
  if (!which('docker')) return 'docker is not installed';
  const info = await run('docker', ['info', '--format', '{{.ServerVersion}}'], {
    limitMs: DAEMON_LIMIT_MS,
    check: false,
  });
  if (info.code !== 0) return 'no Docker daemon answers';
  const compose = await run('docker', ['compose', 'version'], { limitMs: DAEMON_LIMIT_MS, check: false });
  return compose.code === 0 ? undefined : 'docker has no compose plugin';
}

/** The compose file's services as a project of this slot's own, beside any that the user runs from the same file. */
export function composeProject(slot) {
  const project = slot.id;
  const environment = { ...process.env, ADMIN_TOKEN: process.env['ADMIN_TOKEN'] ?? 'unused-by-the-servers' };
  let last = Promise.resolve();
  /** One call after the other: two at once would both make the project's network. */
  const compose = (args, options = {}) => {
    const call = last.then(() =>
      run('docker', ['compose', '-f', composeFile, '-p', project, ...args], {
        title: `docker compose ${args[0]}`,
        cwd: root,
        env: environment,
        limitMs: UP_LIMIT_MS,
        scope: slot.scope,
        ...options,
      }),
    );
    last = call.catch(() => undefined);
    return call;
  };
  const down = () => compose(['down', '--volumes', '--remove-orphans', '--timeout', '10'], { check: false });

  const service = async (name, { variable, preferredPort, uriAt, signal }) => {
    const port = await reservePort(preferredPort);
    environment[variable] = String(port);
    const start = () => compose(['up', '-d', '--wait', name], { signal });
    await start();
    return {
      uri: uriAt(port),
      describe: `${name} on port ${port} (Docker, project ${project})`,
      isPrivate: true,
      start,
      stop: () => compose(['stop', name]),
      kill: () => compose(['kill', name]),
    };
  };

  return {
    down,
    mongodb: (options) =>
      service('mongodb', {
        variable: 'SLUICE_MONGODB_PORT',
        uriAt: (port) => `mongodb://127.0.0.1:${port}/?directConnection=true`,
        ...options,
      }),
    rabbitmq: (options) =>
      service('rabbitmq', {
        variable: 'SLUICE_RABBITMQ_PORT',
        uriAt: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
        ...options,
      }),
  };
}

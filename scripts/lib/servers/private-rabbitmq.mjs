import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../command.mjs';
import { reservePort } from '../ports.mjs';
import { which } from '../which.mjs';
import { brokerVersion } from './amqp-probe.mjs';
import { serverHandle } from './server-handle.mjs';

/** Quorum queues with at-least-once dead lettering came with 3.10. */
export const LEAST_RABBITMQ = '3.10';

/** What Debian puts on PATH changes to the user `rabbitmq` in a session of its own, out of our reach: go past it. */
const DEBIAN_SCRIPT = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** The program that runs RabbitMQ, or undefined where it is not installed. */
export function findRabbitmq() {
  const onPath = which('rabbitmq-server');
  if (!onPath) return undefined;
  const isDebianWrapper = realpathSync(onPath).startsWith('/usr/') && existsSync(DEBIAN_SCRIPT);
  return isDebianWrapper ? DEBIAN_SCRIPT : onPath;
}

/**
 * A broker that shares nothing with one of the system: own data, node name, Erlang cookie, name service (epmd) and
 * ports, all on the loopback address. `name` is unique within the slot.
 */
export async function startPrivateRabbitmq({ slot, name, preferredPort, signal, tls }) {
  const command = findRabbitmq();
  if (!command) throw new Error('rabbitmq-server is not on PATH');
  const dir = join(slot.dir, name);
  mkdirSync(dir, { recursive: true });
  const port = await reservePort(preferredPort);
  const env = brokerEnvironment({
    dir,
    port,
    distributionPort: await reservePort(preferredPort + 20_000),
    epmdPort: await reservePort(preferredPort + 21_000),
    nodeName: `${slot.id}-${name}@localhost`,
  });
  const tlsPort = tls && (await reservePort(preferredPort + 22_000));
  if (tls) Object.assign(env, tlsConfiguration({ dir, port: tlsPort, tls }));
  const handle = serverHandle({
    scope: slot.scope,
    label: name,
    command,
    env,
    cwd: dir,
    logFile: join(dir, 'rabbitmq.log'),
    uri: `amqp://guest:guest@127.0.0.1:${port}`,
    describe: `RabbitMQ on port ${port} (own process of ${command})`,
    isReady: () => brokerVersion(port),
  });
  await handle.start({ signal });
  await refuseOld(handle, await brokerVersion(port));
  const tlsUri = tls && `amqps://guest:guest@localhost:${tlsPort}`;
  const control = controlOf({ command, env, scope: slot.scope, cwd: dir });
  return { ...handle, tlsUri, ...publishingSwitch(control), addUser: userAdder(control), logins: loginsBy(control) };
}

/** Calls the broker's own command line. */
function controlOf({ command, env, scope, cwd }) {
  const program = join(dirname(command), 'rabbitmqctl');
  return (...args) =>
    run(program, ['--quiet', '-n', env.RABBITMQ_NODENAME, ...args], {
      title: 'rabbitmqctl',
      env,
      scope,
      cwd,
      limitMs: 60_000,
    });
}

/** One more user, who may do everything. */
function userAdder(control) {
  return async (name, password) => {
    await control('add_user', name, password);
    await control('set_permissions', name, '.*', '.*', '.*');
  };
}

/** Who is connected, and by which mechanism: `ann PLAIN`. */
function loginsBy(control) {
  return async () => {
    const { output } = await control('--no-table-headers', 'list_connections', 'user', 'auth_mechanism');
    return output.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim().replace(/\s+/, ' ')]));
  };
}

/** RabbitMQ's own default; a share of the machine's memory. */
const DEFAULT_WATERMARK = '0.4';

/**
 * Blocks and unblocks publishing by the broker's memory alarm, as it does by itself when memory runs out
 * (https://www.rabbitmq.com/docs/alarms). The alarm does not outlive a restart.
 */
function publishingSwitch(control) {
  const setWatermark = (share) => control('set_vm_memory_high_watermark', share);
  return {
    block: async () => void (await setWatermark('0.0000001')),
    unblock: async () => void (await setWatermark(DEFAULT_WATERMARK)),
  };
}

function brokerEnvironment({ dir, port, distributionPort, epmdPort, nodeName }) {
  for (const folder of ['home', 'data', 'log']) mkdirSync(join(dir, folder), { recursive: true });
  const nothing = join(dir, 'empty.conf');
  writeFileSync(nothing, '');
  const inherited = Object.entries(process.env).filter(([key]) => !/^(RABBITMQ|ERL|NOTIFY_SOCKET)/.test(key));
  return {
    ...Object.fromEntries(inherited),
    HOME: join(dir, 'home'), // the Erlang cookie lies there
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: join(dir, 'data'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONF_ENV_FILE: nothing,
    RABBITMQ_CONFIG_FILE: nothing,
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'none.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RUNNING_UNDER_SYSTEMD: 'true', // the shell script becomes the broker, so that our child is the broker itself
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
}

/**
 * One more port, for clients with a certificate only, which may be all that says who they are:
 * https://www.rabbitmq.com/docs/ssl
 */
function tlsConfiguration({ dir, port, tls }) {
  const [configuration, plugins] = [join(dir, 'tls.conf'), join(dir, 'enabled_plugins')];
  const lines = [
    `listeners.ssl.1 = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${tls.caFile}`,
    `ssl_options.certfile = ${tls.certFile}`,
    `ssl_options.keyfile = ${tls.keyFile}`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = true',
    'auth_mechanisms.1 = PLAIN',
    'auth_mechanisms.2 = EXTERNAL',
    'ssl_cert_login_from = common_name',
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`);
  writeFileSync(plugins, '[rabbitmq_auth_mechanism_ssl].\n');
  return { RABBITMQ_CONFIG_FILE: configuration, RABBITMQ_ENABLED_PLUGINS_FILE: plugins };
}

async function refuseOld(handle, version) {
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  const [leastMajor, leastMinor] = LEAST_RABBITMQ.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  await handle.stop();
  throw new Error(`RabbitMQ ${version} is older than ${LEAST_RABBITMQ}, which Sluice needs`);
}

import { aptInstall } from '../apt.mjs';
import { whileSettingUp } from '../set-up.mjs';
import { EXTERNAL_RABBITMQ } from './external.mjs';
import { findRabbitmq, LEAST_RABBITMQ, startPrivateRabbitmq } from './private-rabbitmq.mjs';
import { firstThatWorks } from './ways.mjs';

const ADVICE = `Start a Docker daemon, install RabbitMQ ${LEAST_RABBITMQ} or newer, or name a broker in ${EXTERNAL_RABBITMQ}.`;

/** A RabbitMQ of our own: Docker's where given, what is on PATH, else what apt installs. */
export function startOwnRabbitmq(options) {
  const { say, note, signal, docker } = options;
  const ways = [
    ...(docker ? [{ way: 'Docker', open: docker }] : []),
    { way: 'rabbitmq-server on PATH', open: () => startPrivateRabbitmq(options) },
    {
      way: 'apt',
      open: async () => {
        if (findRabbitmq()) throw new Error('it is installed already');
        await whileSettingUp({ say, signal }, () => installRabbitmq(say));
        return startPrivateRabbitmq(options);
      },
    },
  ];
  return firstThatWorks('RabbitMQ', ways, { advice: ADVICE, signal, note });
}

async function installRabbitmq(say) {
  if (findRabbitmq()) return; // another run was faster
  say('rabbitmq-server (with Erlang) by apt; its system service is neither started nor enabled');
  await aptInstall(['rabbitmq-server'], { least: ['rabbitmq-server', LEAST_RABBITMQ] });
}

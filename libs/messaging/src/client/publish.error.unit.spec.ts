import { expect, it } from 'vitest';
import { channelClosed } from './publish.error.js';

/** As amqplib gives what RabbitMQ 3.10 answered to 2 MiB under max_message_size = 1 MiB. */
const refusal = Object.assign(
  new Error(
    'Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - message size 2097152 is larger than configured max size 1048576"',
  ),
  { code: 406, classId: 60, methodId: 40 },
);

it('a channel that the broker closed over the size of a message says so, with both sizes and what to do', () => {
  expect(channelClosed(refusal)).toMatchObject({
    code: 'SLUICE-PUBLISH-TOO-LARGE',
    message: expect.stringMatching(/2097152.*1048576.*maxMessageBytes.*max_message_size/) as string,
  });
});

it.each([
  ['another refusal', Object.assign(new Error('406'), { code: 406, classId: 40, methodId: 10 })],
  ['a lost connection', new Error('read ECONNRESET')],
  ['nothing that is known', undefined],
])('a channel that was closed by %s may be opened again', (_what, cause) => {
  expect(channelClosed(cause).code).toBe('SLUICE-PUBLISH-CHANNEL-CLOSED');
});

import { connect } from 'node:net';

const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);
const ANSWER_LIMIT_MS = 2_000;

/**
 * Says the first word of AMQP 0-9-1 and waits for the broker's `connection.start`: an open port alone says nothing,
 * the answer comes only from a broker that serves. Answers its version, or undefined while there is none.
 */
export function brokerVersion(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    let answer = Buffer.alloc(0);
    const done = (version) => {
      socket.destroy();
      resolve(version);
    };
    socket.setTimeout(ANSWER_LIMIT_MS, () => done(undefined));
    socket.once('error', () => done(undefined));
    socket.once('close', () => done(undefined));
    socket.once('connect', () => socket.write(PROTOCOL_HEADER));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      const version = versionIn(answer);
      if (version) done(version);
    });
  });
}

/** `version` in the server properties: a short string as the key, `S`, then a length of four bytes and the text. */
function versionIn(frame) {
  const key = frame.indexOf('\x07versionS', 'latin1');
  if (key < 0 || frame.length < key + 13) return undefined;
  const length = frame.readUInt32BE(key + 9);
  const text = frame.subarray(key + 13, key + 13 + length);
  return text.length === length ? text.toString('utf8') : undefined;
}

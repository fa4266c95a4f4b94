import type { Channel } from 'amqplib';

/** Why a channel closed, where the broker said so. */
export function closeReason(channel: Channel): Error | undefined {
  return (channel as Channel & { closedBy?: Error }).closedBy;
}

/** amqplib emits `error` before `close`; without a listener it would end the process. The reason is kept. */
export function guarded<C extends Channel>(channel: C): C {
  channel.on('error', (error: Error) => {
    (channel as C & { closedBy?: Error }).closedBy = error;
  });
  return channel;
}

/**
 * Closes a channel; resolves when it is closed, by whomever. amqplib's own promise settles only on the broker's answer:
 * where the connection is lost first it never does, and whoever awaits it hangs for ever.
 */
export async function closeChannel(channel: Channel): Promise<void> {
  const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()));
  try {
    await Promise.race([channel.close(), closed]);
  } catch (error) {
    if (error instanceof Error && error.name === 'IllegalOperationError') return; // it was closed already
    throw error;
  }
}

import type { StreamMessage } from './stream-message.js';
import type { StreamSubscription } from './stream.queue.js';

/** Hands over what comes until it is over, the signal fires, or it is `enough`; then it is closed. */
export async function whileOpen(
  subscription: StreamSubscription,
  signal: AbortSignal,
  take: (messages: readonly StreamMessage[]) => 'enough' | void | Promise<'enough' | void>,
): Promise<void> {
  const close = () => void subscription.close();
  signal.addEventListener('abort', close);
  try {
    if (signal.aborted) return;
    for (let messages = await subscription.read(); messages !== undefined; messages = await subscription.read()) {
      if ((await take(messages)) === 'enough') return;
    }
  } finally {
    signal.removeEventListener('abort', close);
    await subscription.close();
  }
}

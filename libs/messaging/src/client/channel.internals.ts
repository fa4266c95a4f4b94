import type { Channel } from 'amqplib';
import type { Writable } from 'node:stream';

/**
 * What we use of amqplib's channel beyond its public face; test/integration/amqplib-channel.int.spec.ts holds this
 * against the installed version.
 */
export interface ChannelInternals {
  readonly ch: number;
  readonly connection: {
    readonly frameMax: number;
    /** What a channel sends goes through a buffer of its own, so that no channel starves the others. */
    readonly channels: readonly ({ readonly channel: unknown; readonly buffer: Writable } | null | undefined)[];
    /** Else a heartbeat is sent besides. */
    sentSinceLastCheck: boolean;
  };
}

/** A channel's own way to the socket: whole frames, behind everything that amqplib has sent on it before. */
export interface ChannelOutlet {
  readonly channel: number;
  /** What the broker and amqplib have agreed on. */
  readonly maxFrameBytes: number;
  /**
   * Does nothing once the channel is closed: its frames would go out on the next channel that is given its number, as
   * messages that nobody counts, ahead of those that are sent again. Answers whether the channel has room for more; if
   * not, it emits `drain` when it has.
   */
  readonly write: (frames: Buffer) => boolean;
}

export function outletOf(channel: Channel): ChannelOutlet {
  const { ch, connection } = channel as unknown as ChannelInternals; // see ChannelInternals
  return {
    channel: ch,
    maxFrameBytes: connection.frameMax,
    write: (frames) => {
      const open = connection.channels[ch];
      if (open?.channel !== channel) return true; // closed; its number may be another's since
      connection.sentSinceLastCheck = true;
      return open.buffer.write(frames);
    },
  };
}

import type { Channel } from 'amqplib';
import type { Writable } from 'node:stream';

/** What we use of amqplib's channel beyond its public face; a contract test holds this against the installed version. */
interface ChannelInternals {
  readonly ch: number;
  readonly connection: {
    readonly frameMax: number;
    /** What a channel sends goes through a buffer of its own, so that no channel starves the others. */
    readonly channels: readonly ({ readonly buffer: Writable } | null | undefined)[];
    /** Else a heartbeat is sent besides. */
    sentSinceLastCheck: boolean;
  };
}

/** A channel's own way to the socket: whole frames, behind everything that amqplib has sent on it before. */
export interface ChannelOutlet {
  readonly channel: number;
  /** What the broker and amqplib have agreed on. */
  readonly maxFrameBytes: number;
  /** Does nothing once the channel is closed, as its frames would mean nothing to anybody. */
  readonly write: (frames: Buffer) => void;
}

export function outletOf(channel: Channel): ChannelOutlet {
  const { ch, connection } = channel as unknown as ChannelInternals; // see ChannelInternals
  return {
    channel: ch,
    maxFrameBytes: connection.frameMax,
    write: (frames) => {
      const open = connection.channels[ch];
      if (open === null || open === undefined) return;
      connection.sentSinceLastCheck = true;
      open.buffer.write(frames);
    },
  };
}

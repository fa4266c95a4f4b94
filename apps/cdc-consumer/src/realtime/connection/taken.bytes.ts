import type { Socket } from 'node:net';

/** Of Node.js, for which `net.Socket` has no name: its own time-outs look at the same to see a long write go on. */
interface WithHandle {
  readonly _handle?: { readonly bytesWritten: number; readonly writeQueueSize: number } | null;
}

/**
 * Bytes that the operating system has taken of what was written to a socket. `writableLength` falls only when the whole
 * of a write is done, and everything that waits behind one becomes the next: a megabyte, minutes on a slow link.
 */
export function takenBytes(socket: Pick<Socket, 'bytesWritten' | 'writableLength'> & WithHandle): number {
  const { _handle: handle } = socket;
  return handle == null ? socket.bytesWritten - socket.writableLength : handle.bytesWritten - handle.writeQueueSize;
}

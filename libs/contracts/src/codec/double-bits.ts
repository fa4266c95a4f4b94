import { int32At } from './bson-bounds.js';

const view = new DataView(new ArrayBuffer(8));

/** The double at `at`; the caller has checked that its eight bytes are there. */
export function doubleAt(bson: Uint8Array, at: number): number {
  view.setInt32(0, int32At(bson, at), true);
  view.setInt32(4, int32At(bson, at + 4), true);
  return view.getFloat64(0, true);
}

/** Puts a frame that came in pieces together again. */

import { ProtocolError } from "../base/errors.ts";
import { CLOSE } from "./close-codes.ts";
import { decodeFrame, type Frame } from "./frames.ts";

export interface PieceProgress {
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

export class PieceReader {
  readonly #bytesMax: number;
  #pieces: Uint8Array[] = [];
  /** The frame, once half of it is here. */
  #whole: Uint8Array | null = null;
  #progress: PieceProgress | null = null;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How far the frame that is coming in is; null between frames. */
  get progress(): PieceProgress | null {
    return this.#progress;
  }

  /**
   * Takes the next piece; returns the frame with its last. Twice what has come is the most that is held: the promised total
   * reserves nothing before half of it is here. From then on each piece is put in its place as it comes, so that the last of a
   * large frame costs no more than another.
   * @throws DecodeError, ProtocolError when it is out of place, or when the frame is larger than it may be.
   */
  take({ totalBytes, offset, bytes }: Extract<Frame, { type: "piece" }>): Exclude<Frame, { type: "piece" }> | null {
    const { receivedBytes, totalBytes: expected } = this.#progress ?? { receivedBytes: 0, totalBytes };
    if (totalBytes > this.#bytesMax)
      throw new ProtocolError(CLOSE.updateTooLarge, `A frame of ${totalBytes} bytes, at most ${this.#bytesMax}`);
    if (offset !== receivedBytes || totalBytes !== expected)
      throw new ProtocolError(CLOSE.protocolError, `A piece at ${offset} after ${receivedBytes}`);
    this.#progress = { receivedBytes: offset + bytes.length, totalBytes };
    const whole = this.#put(bytes, this.#progress);
    if (whole === null || this.#progress.receivedBytes < totalBytes) return null;
    this.#whole = null;
    this.#progress = null;
    const frame = decodeFrame(whole);
    if (frame.type === "piece") throw new ProtocolError(CLOSE.protocolError, "A piece in pieces");
    return frame;
  }

  /** Returns the frame, filled as far as it has come; null while that is less than half. */
  #put(bytes: Uint8Array, { receivedBytes, totalBytes }: PieceProgress): Uint8Array | null {
    if (this.#whole !== null) {
      this.#whole.set(bytes, receivedBytes - bytes.length);
      return this.#whole;
    }
    // Held as it came, unless it would hold much more than itself.
    this.#pieces.push(bytes.buffer.byteLength <= 2 * bytes.length ? bytes : bytes.slice());
    if (2 * receivedBytes < totalBytes) return null;
    const whole = new Uint8Array(totalBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    return (this.#whole = whole);
  }
}

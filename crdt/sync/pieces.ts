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
  #progress: PieceProgress | null = null;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How far the frame that is coming in is; null between frames. */
  get progress(): PieceProgress | null {
    return this.#progress;
  }

  /**
   * Takes the next piece; returns the frame with its last. What has come is all that is held: the promised total
   * reserves nothing.
   * @throws DecodeError, ProtocolError when it is out of place, or when the frame is larger than it may be.
   */
  take({ totalBytes, offset, bytes }: Extract<Frame, { type: "piece" }>): Exclude<Frame, { type: "piece" }> | null {
    const { receivedBytes, totalBytes: expected } = this.#progress ?? { receivedBytes: 0, totalBytes };
    if (totalBytes > this.#bytesMax)
      throw new ProtocolError(CLOSE.updateTooLarge, `A frame of ${totalBytes} bytes, at most ${this.#bytesMax}`);
    if (offset !== receivedBytes || totalBytes !== expected)
      throw new ProtocolError(CLOSE.protocolError, `A piece at ${offset} after ${receivedBytes}`);
    // Held as it came, unless it would hold much more than itself.
    this.#pieces.push(bytes.buffer.byteLength <= 2 * bytes.length ? bytes : bytes.slice());
    this.#progress = { receivedBytes: offset + bytes.length, totalBytes };
    if (this.#progress.receivedBytes < totalBytes) return null;
    const whole = new Uint8Array(totalBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#progress = null;
    const frame = decodeFrame(whole);
    if (frame.type === "piece") throw new ProtocolError(CLOSE.protocolError, "A piece in pieces");
    return frame;
  }
}

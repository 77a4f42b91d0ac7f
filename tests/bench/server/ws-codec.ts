/**
 * WebSocket frames by hand (RFC 6455, section 5), the client's side alone: masked frames out, unmasked frames in. No
 * extension is offered, so the reserved bits stay 0. No library, so that the generator costs little and surprises nobody.
 */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What one message may hold; a 260,000-event note is a few megabytes. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** One final masked frame. `mask` is the 32-bit masking key. */
export function encodeClientFrame(payload: Uint8Array, mask: number, opcode: number = OPCODE.binary): Buffer {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(6 + lengthBytes + length);
  frame[0] = 0x80 | opcode;
  if (lengthBytes === 0) frame[1] = 0x80 | length;
  else if (lengthBytes === 2) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  const from = 6 + lengthBytes;
  frame.writeUInt32BE(mask >>> 0, from - 4);
  for (let k = 0; k < length; k++) frame[from + k] = payload[k]! ^ ((mask >>> (24 - 8 * (k & 3))) & 0xff);
  return frame;
}

/** What a server's frames become. The bytes given to `onMessage` are valid during the call only. */
export interface FrameEvents {
  onMessage(payload: Uint8Array, opcode: number): void;
  onControl(opcode: number, payload: Uint8Array): void;
}

/** Cuts a byte stream into messages. Feed it whatever arrives; it keeps what is not whole yet. */
export class FrameReader {
  readonly #events: FrameEvents;
  #rest: Buffer | null = null;
  #parts: Buffer[] = [];
  #partsOpcode = 0;

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  /** @throws RangeError when a server breaks the protocol; the reader is of no use then. */
  feed(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const frame = headerAt(bytes, at);
      if (frame === null || frame.end > bytes.length) break;
      this.#take(frame.first, bytes.subarray(frame.from, frame.end));
      at = frame.end;
    }
    // Copied: the caller may use its buffer again.
    this.#rest = at === bytes.length ? null : Buffer.from(bytes.subarray(at));
  }

  #take(first: number, payload: Buffer): void {
    const opcode = first & 15;
    const isFinal = (first & 0x80) !== 0;
    if ((first & 0x70) !== 0) throw new RangeError(`A frame with reserved bits: first byte ${first}`);
    if (opcode >= 8) {
      this.#events.onControl(opcode, payload);
    } else if (opcode !== OPCODE.continuation && isFinal) {
      this.#events.onMessage(payload, opcode);
    } else {
      if (opcode !== OPCODE.continuation) this.#partsOpcode = opcode;
      else if (this.#parts.length === 0) throw new RangeError("A continuation of no message");
      this.#parts.push(Buffer.from(payload));
      if (!isFinal) return;
      const whole = Buffer.concat(this.#parts);
      this.#parts = [];
      this.#events.onMessage(whole, this.#partsOpcode);
    }
  }
}

/** Where the frame at `at` has its payload; null while its header is not whole. */
function headerAt(bytes: Buffer, at: number): { first: number; from: number; end: number } | null {
  if (bytes.length - at < 2) return null;
  const second = bytes[at + 1]!;
  if ((second & 0x80) !== 0) throw new RangeError("A server masked a frame");
  let length = second & 127;
  let from = at + 2;
  if (length === 126) {
    if (bytes.length - at < 4) return null;
    length = bytes.readUInt16BE(at + 2);
    from = at + 4;
  } else if (length === 127) {
    if (bytes.length - at < 10) return null;
    length = Number(bytes.readBigUInt64BE(at + 2));
    from = at + 10;
  }
  if (length > MESSAGE_BYTES_MAX) throw new RangeError(`A message of ${length} bytes, at most ${MESSAGE_BYTES_MAX}`);
  return { first: bytes[at]!, from, end: from + length };
}

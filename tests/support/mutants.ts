/** Bytes that honest peers did not send: mutants of what they did send, and promises that nobody keeps. */

import { ByteWriter } from "../../crdt/base/bytes.ts";
import { pick, type Prng } from "../../crdt/base/prng.ts";
import { encodeFrame, type Frame } from "../../crdt/sync/frames.ts";

/** Changes the payload of a frame and leaves its envelope whole. */
export function mutatePayload(prng: Prng, frame: Frame): Uint8Array {
  const damage = (bytes: Uint8Array): Uint8Array => mutateBytes(prng, bytes);
  switch (frame.type) {
    case "sync-step-1":
      return encodeFrame({ ...frame, version: damage(frame.version) });
    case "sync-step-2":
    case "update":
    case "awareness":
      return encodeFrame({ ...frame, update: damage(frame.update) });
    case "numbered":
      return encodeFrame({ ...frame, frame: { ...frame.frame, update: damage(frame.frame.update) } });
    default:
      return mutateBytes(prng, encodeFrame(frame));
  }
}

/** One to three random changes: bytes, bits, cuts, insertions, and numbers that promise much. */
export function mutateBytes(prng: Prng, bytes: Uint8Array): Uint8Array {
  const out = [...bytes];
  for (let n = prng.int(1, 4); n > 0; n--) {
    const at = prng.int(0, out.length + 1);
    const dice = prng.float();
    if (dice < 0.4 && at < out.length) out[at] = prng.int(0, 256);
    else if (dice < 0.55 && at < out.length) out[at]! ^= 1 << prng.int(0, 8);
    else if (dice < 0.7) out.splice(at, prng.int(1, 5));
    else if (dice < 0.85) out.splice(at, 0, ...Array.from({ length: prng.int(1, 5) }, () => prng.int(0, 256)));
    else out.splice(at, 0, 0xff, 0xff, 0xff, 0xff, 0x0f);
  }
  return Uint8Array.from(out);
}

export function randomBytes(prng: Prng, lengthMax: number): Uint8Array {
  return Uint8Array.from({ length: prng.int(0, lengthMax + 1) }, () => prng.int(0, 256));
}

/** The beginning of a frame. */
export function truncated(prng: Prng, bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, prng.int(0, bytes.length));
}

const HUGE = [0x7fff_ffff, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER];

/** A frame of a known type that says of something in it that there is far more of it than there is. */
export function lengthBomb(prng: Prng): Uint8Array {
  const writer = new ByteWriter();
  const huge = pick(prng, HUGE);
  const inside = (...counts: number[]): Uint8Array => {
    const payload = new ByteWriter();
    for (const count of counts) payload.varUint(count);
    return payload.finish();
  };
  const bombs: readonly (() => ByteWriter)[] = [
    // A payload, a version, presence, an update, a numbered one, a piece, a reason.
    () => writer.varUint(0).varUint(prng.int(0, 3)).varUint(huge),
    () =>
      writer
        .varUint(0)
        .varUint(0)
        .varBytes(inside(huge, 1, 1)),
    () => writer.varUint(1).varBytes(inside(huge, 1, 1, huge)),
    () =>
      writer
        .varUint(0)
        .varUint(2)
        .varBytes(inside(huge, huge, 1)),
    () =>
      writer
        .varUint(0)
        .varUint(2)
        .varBytes(inside(1, huge, 1, 0)),
    () =>
      writer
        .varUint(104)
        .varUint(1)
        .varUint(2)
        .varBytes(inside(0, 1, 1, huge)),
    () => writer.varUint(105).varUint(huge).varUint(0).varBytes(randomBytes(prng, 20)),
    () =>
      writer
        .varUint(105)
        .varUint(8 * 2 ** 20)
        .varUint(0)
        .varBytes(randomBytes(prng, 20)),
    () => writer.varUint(102).varUint(huge).varUint(huge),
    () => writer.varUint(huge),
    () => writer.raw(new Uint8Array(prng.int(1, 40)).fill(0xff)),
  ];
  return pick(prng, bombs)().finish();
}

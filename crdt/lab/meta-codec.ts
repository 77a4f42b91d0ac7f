/** Fields as bytes: JSON in which maps and sets are kept. For the laboratory alone; nothing hostile comes this way. */

import { DecodeError } from "../base/errors.ts";

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { fatal: true });

export function encodeMeta(value: unknown): Uint8Array {
  return utf8.encode(
    JSON.stringify(value, (_, held: unknown) => {
      if (held instanceof Map) return { $map: [...held] };
      if (held instanceof Set) return { $set: [...held] };
      return held;
    }),
  );
}

/** @throws DecodeError when `bytes` are not what `encodeMeta` makes. */
export function decodeMeta(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8.decode(bytes), (_, held: unknown) => {
      if (typeof held !== "object" || held === null) return held;
      if ("$map" in held) return new Map(held.$map as [unknown, unknown][]);
      if ("$set" in held) return new Set(held.$set as unknown[]);
      return held;
    });
  } catch {
    throw new DecodeError("Invalid metadata", 0);
  }
}

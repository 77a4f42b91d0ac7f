/** Materials as files: a count, the lengths, then the parts: the text, the blob (none: no length), the updates. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Material, MaterialData } from "./cases/case.ts";
import type { PeerName } from "./peer.ts";

const NONE = 0xffff_ffff;

export function materialPath(folder: string, peer: PeerName, name: Material): string {
  return join(folder, `${peer}-${name}`.replace(/[^a-z0-9-]/gi, "_"));
}

export function packMaterial({ text, blob, updates }: MaterialData): Uint8Array {
  const parts = [new TextEncoder().encode(text), blob ?? new Uint8Array(0), ...updates];
  const head = new Uint32Array(parts.length + 1);
  head[0] = parts.length;
  parts.forEach((part, n) => (head[n + 1] = n === 1 && blob === null ? NONE : part.length));
  const out = new Uint8Array(head.byteLength + parts.reduce((sum, { length }) => sum + length, 0));
  out.set(new Uint8Array(head.buffer));
  let at = head.byteLength;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Each part is a view of `bytes`. */
export function unpackMaterial(bytes: Uint8Array): MaterialData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  let at = 4 * (count + 1);
  let hasBlob = true;
  const parts = Array.from({ length: count }, (_, n) => {
    const length = view.getUint32(4 * (n + 1), true);
    if (length === NONE) {
      hasBlob = false;
      return new Uint8Array(0);
    }
    at += length;
    return bytes.subarray(at - length, at);
  });
  const [text = new Uint8Array(0), blob = new Uint8Array(0), ...updates] = parts;
  return { text: new TextDecoder().decode(text), blob: hasBlob ? blob : null, updates };
}

export function writeMaterial(folder: string, peer: PeerName, name: Material, data: MaterialData): void {
  writeFileSync(materialPath(folder, peer, name), packMaterial(data));
}

export function readMaterial(folder: string, peer: PeerName, name: Material): MaterialData {
  const file = readFileSync(materialPath(folder, peer, name));
  return unpackMaterial(new Uint8Array(file.buffer, file.byteOffset, file.length));
}

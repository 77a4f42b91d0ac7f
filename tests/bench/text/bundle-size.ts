/** What a page would load: esbuild, bundled for browsers and minified, each output gzipped; a wasm file counts. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { PeerName } from "./peer.ts";

/** What an editor needs of each, as a module of one line. */
const ENTRIES: Readonly<Record<PeerName, string>> = {
  ours: 'export { TextDocument } from "./crdt/text/text-document.ts";',
  yjs: 'export { Doc, applyUpdate, encodeStateAsUpdate, encodeStateVector, transact } from "yjs";',
  "loro-crdt": 'export { LoroDoc } from "loro-crdt/bundler";',
  "@automerge/automerge": 'export * from "@automerge/automerge";',
  "json-joy": 'export { Model } from "json-joy/lib/json-crdt"; export { Patch, s } from "json-joy/lib/json-crdt-patch";',
  "diamond-types-node": 'export { Doc } from "diamond-types-node";',
  "list-positions": 'export { Order, Text } from "list-positions";',
};

/** Bytes, gzipped. */
export async function bundleBytes(peer: PeerName, root: string, peersFolder: string): Promise<number> {
  const isNode = peer === "diamond-types-node";
  const { outputFiles } = await build({
    stdin: { contents: ENTRIES[peer], resolveDir: peer === "ours" || peer === "yjs" ? root : peersFolder },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: isNode ? "node" : "browser",
    outdir: "out",
    loader: { ".wasm": "file" },
    logLevel: "silent",
  });
  const size = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
  if (!isNode) return size;
  // It reads its wasm itself.
  const wasm = createRequire(join(peersFolder, "package.json")).resolve("diamond-types-node/dt_bg.wasm");
  return size + gzipSync(readFileSync(wasm), { level: 9 }).length;
}

/** The import table of the house: who may import whom, and which one file knows each foreign library. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = new URL("..", import.meta.url).pathname;

/** Room -> rooms that it may import besides itself. */
const KERNEL: Readonly<Record<string, readonly string[]>> = {
  base: [],
  causal: ["base"],
  text: ["base", "causal"],
  textbook: ["base", "causal"],
  types: ["base", "causal"],
  network: ["base"],
  strategy: ["base", "causal", "text", "textbook", "types"],
  catalog: ["base", "causal", "text", "textbook", "types", "strategy"],
  sync: ["base", "causal", "strategy", "catalog", "network"],
  cluster: ["base", "causal", "strategy", "catalog", "network", "sync"],
  lab: ["base", "causal", "text", "textbook", "types", "strategy", "catalog", "network", "sync", "cluster"],
};

/** Library -> where it may be imported. */
const LIBRARIES: readonly (readonly [RegExp, RegExp])[] = [
  [/^(yjs|lib0)(\/|$)/, /^(crdt\/strategy\/yjs-strategy\.ts|app\/notes\/\[noteId\]\/stock\/.*)$/],
  [/^(y-websocket|y-codemirror\.next|y-protocols)(\/|$)/, /^app\/notes\/\[noteId\]\/stock\//],
  [/^node-diff3$/, /^crdt\/(strategy\/cas-diff3-strategy|lab\/run-difference)\.ts$/],
  [/^ws$/, /^server\/ws\//],
  [/^rate-limiter-flexible$/, /^server\/ws\/admission\.ts$/],
  [/^prom-client$/, /^server\/metrics\/prom-metrics\.ts$/],
  [/^libsql$/, /^server\/store\//],
  [/^next$/, /^(server\/http\/pages-process\.ts|app\/.*)$/],
  [/^(codemirror$|@codemirror\/|@lezer\/)/, /^app\/(_editor\/|notes\/\[noteId\]\/stock\/)/],
  [/^idb$/, /^app\/_client\//],
];

/** What the kernel may build on. */
const KERNEL_LIBRARIES = ["yjs", "node-diff3"];

const AMBIENT = /\bDate\.now\(|\bMath\.random\(|\bset(Timeout|Interval)\(|\bperformance\.now\(|\bprocess\.|\bnew Date\(\)/;

interface SourceFile {
  readonly path: string;
  readonly code: string;
}

function sources(): SourceFile[] {
  return ["app", "server", "crdt"]
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((path) => /\.tsx?$/.test(path))
        .map((path) => ({ path: `${folder}/${path}`, code: readFileSync(join(ROOT, folder, path), "utf8") })),
    );
}

function importsOf(code: string): string[] {
  const found = [
    ...code.matchAll(/(?:^|\n)\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|(?:^|\n)\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/g),
  ];
  return found.map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function violationsIn({ path, code }: SourceFile): string[] {
  const out: string[] = [];
  const [top = "", room = ""] = path.split("/");
  for (const target of importsOf(code)) {
    if (target.startsWith(".")) {
      const file = normalize(join(dirname(path), target));
      const [toTop = "", toRoom = ""] = file.split("/");
      if (!/\.(tsx?|css|json|mjs)$/.test(target)) out.push(`${path}: "${target}" lacks its extension`);
      if (top === "crdt" && toTop !== "crdt") out.push(`${path}: the kernel imports ${file}`);
      if (top === "app" && toTop === "server") out.push(`${path}: app imports ${file}`);
      if (top === "server" && toTop === "app") out.push(`${path}: server imports ${file}`);
      if (top === "server" && room !== "cli" && file.startsWith("crdt/lab/")) out.push(`${path}: the server imports ${file}`);
      if (top === "crdt" && toTop === "crdt" && toRoom !== room && !(KERNEL[room] ?? []).includes(toRoom))
        out.push(`${path}: ${room} imports ${toRoom}`);
    } else {
      if (top === "crdt" && !KERNEL_LIBRARIES.includes(target)) out.push(`${path}: the kernel imports ${target}`);
      for (const [library, where] of LIBRARIES)
        if (library.test(target) && !where.test(path)) out.push(`${path}: only ${where.source} may import ${target}`);
    }
  }
  const bare = code.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  if (top === "crdt" && AMBIENT.test(bare)) out.push(`${path}: ambient ${AMBIENT.exec(bare)?.[0]}`);
  return out;
}

describe("architecture", () => {
  it("imports only what the table allows", () => {
    const files = sources();
    expect(files.length).toBeGreaterThan(8);
    expect(files.flatMap(violationsIn)).toEqual([]);
  });

  it.each([
    ["crdt/base/x.ts", 'import { y } from "../sync/room.ts";', "base imports sync"],
    ["crdt/sync/x.ts", 'import * as Y from "yjs";', "only"],
    ["crdt/sync/x.ts", "const at = Date.now();", "ambient"],
    ["app/_ui/x.tsx", 'import { Room } from "../../server/rooms.ts";', "app imports server"],
    ["server/x.ts", 'import { WebSocketServer } from "ws";', "only"],
    ["crdt/types/x.ts", 'import { y } from "../base/ids";', "lacks its extension"],
  ])("notices a planted violation in %s", (path, code, words) => {
    expect(violationsIn({ path, code }).join("\n")).toContain(words);
  });
});

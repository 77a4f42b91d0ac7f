/** What a running server holds once its garbage is gone: start it with `COLLECTING`. */

import type { ServerProcess } from "./server-process.ts";

export const COLLECTING: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import ${new URL("gc-on-signal.mjs", import.meta.url).href}`,
};

export interface HeldMemory {
  /** Heap and buffers. When an engine looks for garbage, and how soon it gives the memory back, is its own affair. */
  readonly heldBytes: number;
  readonly residentBytes: number;
}

/** Has the server collect its garbage first. */
export async function heldMemory(server: ServerProcess): Promise<HeldMemory> {
  const collections = (): RegExpMatchArray[] => [...server.output().matchAll(/collected: (\d+) bytes are left, (\d+) resident/g)];
  const before = collections().length;
  server.child.kill("SIGUSR2");
  while (collections().length === before) await new Promise((resolve) => setImmediate(resolve));
  const [, held, resident] = collections().at(-1)!;
  return { heldBytes: Number(held), residentBytes: Number(resident) };
}

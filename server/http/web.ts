/** The pages: the one file that knows Next. */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import next from "next";

export interface Web {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}

/** Rejects when the pages are not built. */
export async function openWeb(options: { dir: string; dev: boolean; hostname: string; port: number; httpServer: Server }): Promise<Web> {
  // Its types are those of a CommonJS module.
  const create = (typeof next === "function"
    ? next
    : (next as { default: typeof next }).default) as unknown as typeof import("next").default;
  const app = create({ ...options, customServer: true });
  await app.prepare();
  const handle = app.getRequestHandler();
  const upgrade = app.getUpgradeHandler();
  return {
    handle: (request, response) => handle(request, response),
    upgrade: (request, socket, head) => void upgrade(request, socket, head).catch(() => socket.destroy()),
    close: () => app.close(),
  };
}

/**
 * The pages' own process: the one file that knows Next. web.ts starts it, and nobody else can: it listens on a local socket
 * whose path it is given, and ends when whoever started it is gone. What it says over the channel is `PAGES_READY`, or the
 * Error that kept it from getting there.
 */

import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { LISTEN_BACKLOG } from "./hardening.ts";
import { sendError } from "./http-error.ts";
import { PAGES_READY, type PagesLife } from "./web.ts";

/** Those that the browser sent had to fit into 16 KB (hardening.ts); then came the policy. */
const HEAD_BYTES_MAX = 64 * 1024;
/** Hot reload has something to put away; nothing else has. */
const GOODBYE_MS_MAX = 500;

type NextHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function main(): Promise<void> {
  // Typed in a terminal they reach this process too, but it is the server that says when it is over.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  let close = async (): Promise<void> => undefined;
  const end = (): void => {
    rmSync(folder, { recursive: true, force: true });
    setTimeout(() => process.exit(0), GOODBYE_MS_MAX);
    void close().finally(() => process.exit(0));
  };
  const { folder, socketPath, ...options } = JSON.parse(process.argv[2] ?? "{}") as PagesLife;
  process.once("disconnect", end);
  // It may have gone before anybody listened.
  if (!process.connected) return end();

  let handle: NextHandler = () => Promise.reject(new Error("Not ready"));
  const http = createServer(
    // Whether a connection is kept is the server's to say: one that ends from here could just have been given a request.
    { keepAliveTimeout: 0, maxHeaderSize: HEAD_BYTES_MAX, requireHostHeader: false },
    (request, response) => {
      handle(request, response).catch((error: unknown) => {
        console.error(error);
        if (response.headersSent) response.destroy();
        else sendError(response, 500, "Something went wrong on the server");
      });
    },
  );
  const { default: next } = await import("next");
  // Its types are those of a CommonJS module.
  const create = (typeof next === "function"
    ? next
    : (next as { default: typeof next }).default) as unknown as typeof import("next").default;
  // On `httpServer` it listens for the sockets of hot reload, from the first request on.
  const app = create({ ...options, httpServer: http, customServer: true });
  await app.prepare();
  handle = app.getRequestHandler();
  close = () => app.close();
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen({ path: socketPath, backlog: LISTEN_BACKLOG }, resolve);
  });
  process.send?.(PAGES_READY);
}

// Whoever is told so hangs up, and that is the end.
main().catch((error: unknown) => process.send?.(error instanceof Error ? error : new Error(String(error))));

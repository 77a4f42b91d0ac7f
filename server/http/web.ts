/**
 * The pages, as the sync server has them: a process of their own (pages-process.ts), so that neither a render nor an error
 * of theirs holds up what is synced. It never outlives the server; when it dies the server goes on without pages until it
 * has been started again.
 */

import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { ConfigError } from "../config.ts";
import type { Logger } from "../log.ts";
import { forward, type PagesAddress, sendUnavailable, tunnel } from "./pages-proxy.ts";

export interface Web {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Only for hot reload. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}

/** `dir`: the project's folder. `hostname`, `port`: where browsers find the server. */
export interface PagesOptions {
  readonly dir: string;
  readonly dev: boolean;
  readonly hostname: string;
  readonly port: number;
}

/** What a process is told. `folder` is its own; it listens on `socketPath`. */
export interface PagesLife extends PagesOptions {
  readonly folder: string;
  readonly socketPath: string;
}

/** What it says when it listens. */
export const PAGES_READY = "ready";

/** How soon a process that has ended is started again: each time twice as long, until one has lived for a while. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;
const STEADY_MS = 30_000;
/** How long it may take to end once it is told to. */
const GOODBYE_MS_MAX = 1_000;
/** Of a socket's path, with what is added to the folder; the least that a system allows is 104. */
const FOLDER_CHARS_MAX = 80;

/** Rejects when the pages are not built, and with ConfigError where they can have no socket. `onRestart` is called for each process that has ended unasked. */
export async function openWeb(options: PagesOptions, log: Logger, onRestart: () => void): Promise<Web> {
  const stop = new AbortController();
  /** null: they are being started. */
  let pages: PagesAddress | null = null;
  let ended: Promise<void> = Promise.resolve();

  async function keepUp(onReady: () => void): Promise<void> {
    for (let deaths = 0; ; deaths++) {
      const fromMs = performance.now();
      const agent = new Agent({ keepAlive: true });
      const reason = await live(options, stop.signal, (socketPath, child) => {
        log.info({ pid: child.pid }, "The pages are there");
        // Another one has a socket of its own.
        pages = { socketPath, agent, onUnreachable: () => void child.kill("SIGKILL") };
        onReady();
      });
      agent.destroy();
      const isFirst = pages === null && deaths === 0;
      pages = null;
      if (stop.signal.aborted) return;
      if (isFirst) throw reason;
      if (performance.now() - fromMs > STEADY_MS) deaths = 0;
      const delayMs = Math.min(RETRY_MS_MIN * 2 ** deaths, RETRY_MS_MAX);
      log.error({ err: reason, delayMs }, "The pages are gone, and are started again");
      onRestart();
      // Only a stop cuts it short.
      await pause(delayMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      if (stop.signal.aborted) return;
    }
  }
  await new Promise<void>((resolve, reject) => {
    ended = keepUp(resolve).catch(reject);
  });

  return {
    async handle(request, response) {
      if (pages === null) sendUnavailable(response);
      else forward(request, response, pages);
    },
    upgrade(request, socket, head) {
      if (pages === null) socket.destroy();
      else tunnel(request, socket, head, pages);
    },
    async close() {
      stop.abort();
      await ended;
    },
  };
}

/** One life of the process: calls `onReady` once it listens, and resolves with why it has ended. */
async function live(
  options: PagesOptions,
  signal: AbortSignal,
  onReady: (socketPath: string, child: ChildProcess) => void,
): Promise<unknown> {
  try {
    const folder = privateFolder();
    const socketPath = process.platform === "win32" ? `\\\\.\\pipe\\riftpad-${randomUUID()}` : join(folder, "pages");
    return await run({ ...options, folder, socketPath }, signal, (child) => onReady(socketPath, child));
  } catch (error) {
    return error;
  }
}

/** Which no other user can look into. @throws ConfigError */
function privateFolder(): string {
  const parent = tmpdir().length > FOLDER_CHARS_MAX ? "/tmp" : tmpdir();
  try {
    return mkdtempSync(join(parent, "riftpad-"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `The pages need a folder in ${parent} (${reason}). Set TMPDIR to one that can be written to, or start with --no-web.`,
    );
  }
}

function run(life: PagesLife, signal: AbortSignal, onReady: (child: ChildProcess) => void): Promise<unknown> {
  const isSource = import.meta.url.endsWith(".ts");
  const child = fork(new URL(isSource ? "./pages-process.ts" : "./pages.mjs", import.meta.url), [JSON.stringify(life)], {
    cwd: life.dir,
    execArgv: isSource ? ["--import", "tsx"] : [],
    // Errors arrive whole.
    serialization: "advanced",
  });
  const end = (): void => {
    if (child.connected) child.disconnect();
    setTimeout(() => child.kill("SIGKILL"), GOODBYE_MS_MAX).unref();
  };
  const tidy = (): void => {
    child.kill("SIGKILL");
    rmSync(life.folder, { recursive: true, force: true });
  };
  process.once("exit", tidy);
  signal.addEventListener("abort", end);
  return new Promise((resolve) => {
    let problem: unknown = null;
    const over = (reason: unknown): void => {
      process.off("exit", tidy);
      signal.removeEventListener("abort", end);
      tidy();
      resolve(problem ?? reason);
    };
    child.on("message", (message) => {
      if (message === PAGES_READY) onReady(child);
      else if (message instanceof Error) {
        problem = message;
        end();
      }
    });
    child.once("error", over);
    child.once("exit", (code, how) => over(new Error(`The process of the pages has ended: ${how ?? `exit ${code}`}`)));
  });
}

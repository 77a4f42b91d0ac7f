/** The servers under test, each a child process behind the same few calls: ours as it is built, and the peers. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { replicaIdFrom } from "../../../crdt/base/ids.ts";
import type { Dialect } from "./messages.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PEERS = fileURLToPath(new URL("peers/", import.meta.url));
const HOST = "127.0.0.1";
const START_MS_MAX = 15_000;
const STOP_MS_MAX = 5_000;

export interface ServerKind {
  readonly title: string;
  readonly dialect: Dialect;
  /** Whether a note outlives the process. */
  readonly isStored: boolean;
  /** The package whose absence makes it MISSING; null: needs none. */
  readonly needs: string | null;
  readonly script: string;
  readonly args?: readonly string[];
  /** What its environment says about where to keep notes. */
  env(folder: string): Readonly<Record<string, string>>;
  /** The address of a room, of which `client` is a member. */
  path(room: string, client: number): string;
}

const peer = {
  dialect: "plain",
  isStored: false,
  env: () => ({}),
  path: (room: string) => `/${room}`,
} as const;

const NODES = 3;

const ours = {
  title: "ours, durable",
  dialect: "plain",
  isStored: true,
  needs: null,
  script: process.env["RIFTPAD_BENCH_SERVER"] ?? join(ROOT, "dist/server.mjs"),
  args: ["--no-web", "--nodes", "1"],
  env: (folder) => ({ RIFTPAD_DATA: folder }),
  // A stock client says who it is in its address, or its first frames wait for its presence.
  path: (room, client) => `/sync/${room}?replica=${replicaIdFrom(client)}`,
} as const satisfies ServerKind;

export const SERVERS = {
  ours,
  "ours-3": {
    ...ours,
    title: `ours on ${NODES} nodes`,
    args: ["--no-web", "--nodes", String(NODES)],
    // The members of each room sit on all of them.
    path: (room, client) => `${ours.path(room, client)}&node=S${1 + (client % NODES)}`,
  },
  "y-websocket": { ...peer, title: "y-websocket 2", needs: "y-websocket", script: join(PEERS, "node_modules/y-websocket/bin/server.cjs") },
  "y-websocket-leveldb": {
    ...peer,
    title: "+ LevelDB",
    needs: "y-leveldb",
    isStored: true,
    script: join(PEERS, "node_modules/y-websocket/bin/server.cjs"),
    env: (folder) => ({ YPERSISTENCE: join(folder, "level") }),
  },
  "yjs-server": { ...peer, title: "yjs-server", needs: "yjs-server", script: join(PEERS, "yjs-server.mjs") },
  hocuspocus: { ...peer, title: "Hocuspocus", needs: "@hocuspocus/server", dialect: "hocuspocus", script: join(PEERS, "hocuspocus.mjs") },
  "hocuspocus-sqlite": {
    ...peer,
    title: "+ SQLite",
    needs: "@hocuspocus/extension-sqlite",
    dialect: "hocuspocus",
    isStored: true,
    script: join(PEERS, "hocuspocus.mjs"),
    env: (folder) => ({ DATABASE: join(folder, "notes.sqlite") }),
  },
  "ws-each": { ...peer, title: "ws relay, send each", needs: "ws", script: join(PEERS, "relay.mjs"), env: () => ({ RELAY: "each" }) },
  "ws-tick": {
    ...peer,
    title: "ws relay, one write per socket and tick",
    needs: "ws",
    script: join(PEERS, "relay.mjs"),
    env: () => ({ RELAY: "tick" }),
  },
} as const satisfies Readonly<Record<string, ServerKind>>;

export type ServerName = keyof typeof SERVERS;
export const SERVER_NAMES = Object.keys(SERVERS) as ServerName[];

export interface RunningServer {
  readonly kind: ServerKind;
  readonly port: number;
  readonly pid: number;
  /** What it printed, the end of it. */
  output(): string;
  /** Ends it and waits until it is gone; SIGKILL follows what does not end within 5 s. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();

/** Nothing that was started here outlives this process. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
  // A server that is just dying may still write.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  folders.clear();
}

/** A folder that `killAll` removes. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "riftpad-bench-server-"));
  folders.add(folder);
  return folder;
}

/** Starts a server on a free port of 127.0.0.1, pinned to `core`. Rejects with what it printed when it does not listen within 15 s. */
export async function startServer(
  kind: ServerKind,
  folder: string,
  core: number,
  nodeFlags: readonly string[] = [],
): Promise<RunningServer> {
  const port = await freePort();
  const command = ["-c", String(core), process.execPath, "--expose-gc", "--require", join(PEERS, "gc-on-signal.cjs"), ...nodeFlags];
  const child = spawn("taskset", [...command, kind.script, ...(kind.args ?? [])], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOST, PORT: String(port), NODE_ENV: "production", ...kind.env(folder) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4_000));
  for (const stream of [child.stdout, child.stderr]) stream.on("data", keep);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      running.delete(child);
      resolve();
    });
  });
  const stop = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
  };
  const untilMs = Date.now() + START_MS_MAX;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > untilMs) {
      await stop("SIGKILL");
      throw new Error(`${kind.title} does not listen: ${output.trim()}`);
    }
    await delay(20);
  }
  // taskset has become the server: same process.
  return { kind, port, pid: child.pid!, output: () => output, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port");
  return address.port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Installs what the peers need, unless it is there. Returns what npm said when it failed, else null. */
export function installPeers(): string | null {
  if (existsSync(join(PEERS, "node_modules/.package-lock.json"))) return null;
  const npm = process.env["npm_execpath"];
  const [command, ...args] = npm === undefined ? ["npm"] : [process.execPath, npm];
  // Without NODE_ENV, and with scripts: two of the peers come with a database in C++.
  const env: NodeJS.ProcessEnv = { ...process.env };
  Reflect.deleteProperty(env, "NODE_ENV");
  const { status, stderr, stdout } = spawnSync(command!, [...args, "ci", "--no-audit", "--no-fund"], { cwd: PEERS, env, encoding: "utf8" });
  return status === 0 ? null : `${stdout}${stderr}`.trim().slice(-2_000);
}

/** Whether all that this server needs is installed. */
export function isInstalled({ needs, script }: ServerKind): boolean {
  return existsSync(script) && (needs === null || existsSync(join(PEERS, "node_modules", needs)));
}

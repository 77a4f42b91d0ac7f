/** The built server as a process of its own, on a free port and a folder of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface ServerProcess {
  readonly port: number;
  readonly folder: string;
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything that it has printed. */
  output(): string;
  /** Sends `signal` and resolves with the exit code (null: killed) when the process is gone. */
  stop(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<number | null>;
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "riftpad-test-"));
}

export interface ServerOptions {
  readonly folder?: string;
  readonly port?: number;
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
  readonly hasPages?: boolean;
  /** How many nodes; left out: as many as the server takes by itself. */
  readonly nodes?: 1 | 3 | 5;
}

/** Runs `dist/server.mjs`, without pages unless asked. Rejects with what it printed when it ends before it listens. */
export async function startServer({
  folder = newFolder(),
  port = 0,
  env = {},
  hasPages = false,
  nodes,
}: ServerOptions = {}): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [join(ROOT, "dist/server.mjs"), ...(hasPages ? [] : ["--no-web"]), ...(nodes === undefined ? [] : ["--nodes", String(nodes)])],
    {
      cwd: tmpdir(),
      env: {
        ...process.env,
        ...(hasPages ? { NODE_ENV: "production" } : {}),
        HOST: "127.0.0.1",
        PORT: String(port),
        RIFTPAD_DATA: folder,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const listening = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const match = /http:\/\/\S+:(\d+)\n/.exec(output);
      if (match !== null) resolve(Number(match[1]));
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then((code) => reject(new Error(`Exit ${code}: ${output.trim()}`)));
  });
  return {
    port: listening,
    folder,
    url: `127.0.0.1:${listening}`,
    child,
    output: () => output,
    stop: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

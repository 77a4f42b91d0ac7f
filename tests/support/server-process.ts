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

/** Runs `dist/server.mjs --no-web`. Rejects with what it printed when it ends before it listens. */
export async function startServer({ folder = newFolder(), port = 0 }: { folder?: string; port?: number } = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, [join(ROOT, "dist/server.mjs"), "--no-web"], {
    cwd: tmpdir(),
    env: { ...process.env, HOST: "127.0.0.1", PORT: String(port), RIFTPAD_DATA: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
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

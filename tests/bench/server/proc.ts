/** What the kernel has counted for a process: CPU, waiting for a core, memory. Linux alone. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_S = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const PAGE_BYTES = Number(execFileSync("getconf", ["PAGESIZE"], { encoding: "utf8" }));

/** Milliseconds: the step in which CPU time is counted. */
export const CPU_STEP_MS = 1_000 / TICKS_PER_S;

export interface Usage {
  /** User and system time of all threads, those that ended included. Steps of CPU_STEP_MS. */
  readonly cpuMs: number;
  /** Threads that live now: time on a core, and time spent ready and waiting for one. */
  readonly runMs: number;
  readonly waitMs: number;
}

/** @throws ENOENT when there is no such process. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name may hold spaces; fields are counted from behind it, so that utime, the 14th, is at 11.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  let runNs = 0;
  let waitNs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [run = "0", wait = "0"] = schedstatOf(`/proc/${pid}/task/${thread}/schedstat`).split(" ");
    runNs += Number(run);
    waitNs += Number(wait);
  }
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * CPU_STEP_MS, runMs: runNs / 1e6, waitMs: waitNs / 1e6 };
}

/** Empty for a thread that has just ended. */
function schedstatOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "0 0";
  }
}

/** The bytes that a process holds in memory. */
export function rssBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE_BYTES;
}

export interface Span {
  readonly cpuMs: number;
  /** Of the time that it wanted a core, how much it waited for one: 0 to 1. A server's own threads wait for each other, too. */
  readonly waitShare: number;
}

export function between(from: Usage, to: Usage): Span {
  const waitMs = to.waitMs - from.waitMs;
  const wantedMs = waitMs + to.runMs - from.runMs;
  return { cpuMs: to.cpuMs - from.cpuMs, waitShare: wantedMs <= 0 ? 0 : waitMs / wantedMs };
}

/** Milliseconds that a core has spent on programs, by whomever, and that its host has kept from it. */
export function coreBusyMs(core: number): number {
  const line = readFileSync("/proc/stat", "latin1")
    .split("\n")
    .find((text) => text.startsWith(`cpu${core} `));
  // user nice system idle iowait irq softirq steal. What a server sends on the loopback is handled as softirq, in its time.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? "").split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * CPU_STEP_MS;
}

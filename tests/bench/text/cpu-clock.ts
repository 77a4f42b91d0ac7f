/**
 * CPU time of this thread alone, so that neither a busy machine nor V8's helper threads (compiler, concurrent garbage
 * collection) count. Linux: /proc/self/task/<id>/schedstat, in nanoseconds; the kernel brings it up to date when the thread
 * gives way, so each reading first waits for 10 microseconds. Elsewhere: process.cpuUsage, helper threads included.
 */

import { readFileSync } from "node:fs";

const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`;
const lock = new Int32Array(new SharedArrayBuffer(4));

const hasThreadTime = ((): boolean => {
  try {
    return Number(readFileSync(SCHEDSTAT, "latin1").split(" ")[0]) > 0;
  } catch {
    return false;
  }
})();

export const CLOCK_NAME = hasThreadTime
  ? "CPU time of the main thread (schedstat, about 0.05 ms a reading)"
  : "CPU time of the process (getrusage)";

/** CPU time so far, in milliseconds. */
export function cpuMs(): number {
  if (!hasThreadTime) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
  Atomics.wait(lock, 0, 0, 0.01);
  return Number(readFileSync(SCHEDSTAT, "latin1").split(" ")[0]) / 1e6;
}

export function timed(work: () => void): number {
  const from = cpuMs();
  work();
  return cpuMs() - from;
}

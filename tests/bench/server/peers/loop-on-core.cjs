/**
 * Preloaded into our server where it is measured for how long its event loop is held: looks every millisecond how long the main
 * thread was on a core since it last looked, and says the longest on SIGWINCH. What it waited for a core is left out.
 */
const { openSync, readSync, writeSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");

if (isMainThread) {
  const file = openSync("/proc/self/schedstat", "r");
  const bytes = Buffer.alloc(100);
  const onCoreMs = () => Number(bytes.toString("latin1", 0, readSync(file, bytes, 0, 100, 0)).split(" ", 1)[0]) / 1e6;
  let last = onCoreMs();
  let most = 0;
  setInterval(() => {
    const now = onCoreMs();
    most = Math.max(most, now - last);
    last = now;
  }, 1).unref();
  process.on("SIGWINCH", () => {
    writeSync(1, `on core: ${most} ms\n`);
    most = 0;
  });
}

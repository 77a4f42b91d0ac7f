/**
 * The one runner behind the npm scripts. It needs nothing but Node: it may run before anything is
 * installed, so it imports no package, and it installs and builds in child processes.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const MODULES = join(ROOT, "node_modules");
const STAMPS = join(MODULES, ".cache", "riftpad");
const LAYERS = ["unit", "contract", "fuzz", "sim", "conformance", "server"];
/** A test that goes round in a circle holds its thread, where no time limit of its own is looked at. */
const LAYER_MINUTES_MAX = 15;
const bin = (name) => join(MODULES, ".bin", name);

process.chdir(ROOT);
const [command = "start", ...args] = process.argv.slice(2);

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 9))
  fail(`Riftpad needs Node 20.9 or newer; this is ${process.versions.node}. Install it from nodejs.org, or run: nvm install 20`);

const commands = { start, dev, build: () => ensureBuild(), test, check, gate };
if (!(command in commands)) fail(`Unknown command "${command}". Known: ${Object.keys(commands).join(", ")}`);
await commands[command]();

async function start() {
  ensureDependencies();
  ensureBuild();
  process.env.NODE_ENV = "production";
  // In this process, so that a signal to it reaches the server.
  process.argv = [process.argv[0], join(ROOT, "dist/server.mjs"), ...args];
  await import(pathToFileURL(join(ROOT, "dist/server.mjs")).href);
}

function dev() {
  ensureDependencies();
  const child = spawn(process.execPath, ["--import", "tsx", "server/main.ts", "--dev", ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}

async function test() {
  const startedMs = Date.now();
  ensureDependencies();
  if (hasServer()) ensureBuild();
  if (filesUnder("tests/e2e", /\.spec\.ts$/).length > 0) {
    const { ensureBrowser } = await import("./browser.mjs");
    process.env.CHROMIUM_PATH = await ensureBrowser(MODULES);
    console.log(`browser: ${process.env.CHROMIUM_PATH}`);
  }
  const total = { passed: 0, failed: 0 };
  for (const layer of [...LAYERS, "e2e"]) {
    const isE2e = layer === "e2e";
    if (filesUnder(`tests/${layer}`, isE2e ? /\.spec\.ts$/ : /\.test\.ts$/).length === 0) continue;
    const from = Date.now();
    console.log(`\n== ${layer}`);
    const counts = isE2e ? await runPlaywright() : await runVitest([`tests/${layer}/`]);
    total.passed += counts.passed;
    total.failed += counts.failed;
    console.log(`== ${layer}: ${counts.passed} passed, ${counts.failed} failed (${((Date.now() - from) / 1000).toFixed(1)} s)`);
  }
  console.log(`\n${((Date.now() - startedMs) / 1000).toFixed(0)} s in all`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}

async function check() {
  ensureDependencies();
  let failed = 0;
  for (const name of ["format", "lint", "types", "architecture", "lock"]) if (!runGate(name)) failed++;
  const counts = await runVitest(["tests/unit/", "tests/contract/"]);
  console.log(`${counts.passed} passed, ${counts.failed + failed} failed`);
  process.exit(counts.failed + failed === 0 ? 0 : 1);
}

function gate() {
  ensureDependencies();
  process.exit(runGate(args[0]) ? 0 : 1);
}

function runGate(name) {
  const runs = {
    format: [bin("oxfmt"), "--check", "app", "server", "crdt", "tests"],
    lint: [bin("oxlint"), "--type-aware", "--deny-warnings", "app", "server", "crdt", "tests"],
    types: [bin("tsc"), "--noEmit", "-p", "."],
    architecture: [bin("vitest"), "run", "--config", "tests/vitest.config.ts", "tests/architecture.test.ts"],
    lock: [process.execPath, "server/cli/scripts/check-lock.mjs"],
  };
  if (!(name in runs)) fail(`Unknown gate "${name}". Known: ${Object.keys(runs).join(", ")}`);
  // Next writes next-env.d.ts; the type check needs it for CSS modules.
  if (name === "types" && !existsSync("next-env.d.ts"))
    writeFileSync("next-env.d.ts", '/// <reference types="next" />\n/// <reference types="next/image-types/global" />\n');
  return run(...runs[name]).status === 0;
}

/** Runs one layer and counts its tests. A layer with files that ran no test counts as one failure. */
async function runVitest(paths) {
  const report = join(STAMPS, `report-${process.pid}.json`);
  mkdirSync(STAMPS, { recursive: true });
  rmSync(report, { force: true });
  const status = await runLimited(
    bin("vitest"),
    "run",
    "--config",
    "tests/vitest.config.ts",
    // Tests of the built server mostly wait for it: for leases that run out, for a process that starts.
    ...(paths.includes("tests/server/") ? ["--maxWorkers=4"] : []),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...paths,
  );
  return countsOf(report, status, (json) => ({ passed: json.numPassedTests, failed: json.numFailedTests + json.numPendingTests }));
}

async function runPlaywright() {
  const report = join(STAMPS, `report-${process.pid}.json`);
  mkdirSync(STAMPS, { recursive: true });
  rmSync(report, { force: true });
  process.env.PLAYWRIGHT_JSON_OUTPUT_NAME = report;
  const status = await runLimited(bin("playwright"), "test", "-c", "tests/e2e/playwright.config.ts", "--reporter=list,json");
  return countsOf(report, status, (json) => ({
    passed: json.stats.expected,
    failed: json.stats.unexpected + json.stats.flaky + json.stats.skipped,
  }));
}

function countsOf(report, status, read) {
  let counts = { passed: 0, failed: 0 };
  if (existsSync(report)) counts = read(JSON.parse(readFileSync(report, "utf8")));
  if (counts.failed === 0 && (status !== 0 || counts.passed === 0)) counts.failed = 1;
  rmSync(report, { force: true });
  return counts;
}

/** Installs what the lock file names unless it is there already. */
function ensureDependencies() {
  const want = hashOf([readFileSync("package-lock.json"), process.version, process.platform, process.arch]);
  const stamp = join(STAMPS, "dependencies");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return;
  withLock(() => {
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return;
    console.log("Installing dependencies (once) ...");
    const npm = process.env.npm_execpath;
    const env = { ...process.env };
    delete env.NODE_ENV;
    const result = npm
      ? spawnSync(process.execPath, [npm, "ci", "--no-audit", "--no-fund"], { stdio: "inherit", env })
      : spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { stdio: "inherit", env, shell: process.platform === "win32" });
    if (result.status !== 0) fail("npm ci failed; its message is above. Check the network and run again.");
    mkdirSync(STAMPS, { recursive: true });
    writeFileSync(stamp, want);
  });
}

/** Builds the pages and the server bundle unless the sources are those of the last build. */
function ensureBuild() {
  if (!hasServer()) fail("There is no server/main.ts to build.");
  const files = ["app", "server", "crdt"].flatMap((folder) => filesUnder(folder, /\.(tsx?|mjs|css|json|svg|ico)$/));
  const want = hashOf(
    [...files, "package-lock.json", "tsconfig.json", "next.config.mjs"].filter(existsSync).flatMap((file) => [file, readFileSync(file)]),
  );
  const stamp = join(STAMPS, "build");
  const isFresh = () => existsSync(stamp) && readFileSync(stamp, "utf8") === want && existsSync("dist/server.mjs");
  if (isFresh()) return;
  withLock(() => {
    if (isFresh()) return;
    console.log("Building (once for these sources) ...");
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
    delete env.NODE_ENV;
    if (existsSync("app/layout.tsx")) {
      slimDown(env);
      const built = spawnSync(bin("next"), ["build"], { stdio: ["ignore", "pipe", "pipe"], env, encoding: "utf8" });
      if (built.status !== 0) fail(`next build failed:\n${built.stdout}\n${built.stderr}`);
    }
    const entries = {
      server: "server/main.ts",
      pages: "server/http/pages-process.ts",
      "store-worker": "server/store/store-worker.ts",
      "compact-worker": "server/rooms/compact-worker.ts",
    };
    const bundled = spawnSync(
      bin("esbuild"),
      [
        ...Object.entries(entries).map(([name, file]) => `${name}=${file}`),
        "--bundle",
        "--packages=external",
        "--platform=node",
        "--format=esm",
        "--target=node20",
        "--outdir=dist",
        "--out-extension:.js=.mjs",
        "--log-level=warning",
      ],
      { stdio: "inherit", env },
    );
    if (bundled.status !== 0) fail("esbuild failed; its message is above.");
    mkdirSync(STAMPS, { recursive: true });
    writeFileSync(stamp, want);
  });
}

/**
 * Of some packages the pages get what they use, since their bundler leaves nothing out of a module: what app/_editor imports
 * for its editors, the grammar apart, which only notes need. The stock client has CodeMirror whole, apart from that.
 * next.config.mjs looks for the files.
 */
function slimDown(env) {
  const editors = filesUnder("app/_editor", /\.tsx?$/);
  const grammar = /^(@codemirror\/language|@lezer\/)/;
  bundle(env, {
    editor: importsOf(editors, (name) => name.startsWith("@codemirror/") && !grammar.test(name)),
    grammar: importsOf(editors, (name) => grammar.test(name)),
  });
  bundle(env, { stock: 'export { basicSetup, EditorView } from "codemirror";\nexport { yCollab } from "y-codemirror.next";' });
}

/** Modules by name, which share what they have in common with each other and nothing with other calls. */
function bundle(env, sources) {
  mkdirSync(STAMPS, { recursive: true });
  for (const [name, source] of Object.entries(sources)) writeFileSync(join(STAMPS, `${name}.source.mjs`), source);
  const { status, stderr } = spawnSync(
    bin("esbuild"),
    [
      ...Object.keys(sources).map((name) => `${name}=${join(STAMPS, `${name}.source.mjs`)}`),
      "--bundle",
      "--splitting",
      "--format=esm",
      "--minify",
      // Of these a page may have one alone.
      ...["yjs", "lib0/*", "y-protocols/*"].map((each) => `--external:${each}`),
      "--out-extension:.js=.mjs",
      `--outdir=${STAMPS}`,
    ],
    { encoding: "utf8", env },
  );
  if (status !== 0) fail(`esbuild failed:\n${stderr}`);
}

/** What those files import, types left out, from such packages: as the source of a module that exports it again. */
function importsOf(files, isWanted) {
  const names = new Map();
  for (const file of files)
    for (const [, list, from] of readFileSync(file, "utf8").matchAll(/^import \{([^}]*)\} from "([^"]+)";/gm)) {
      if (!isWanted(from)) continue;
      const used = list.split(",").map((name) => name.trim());
      for (const name of used) if (name !== "" && !name.startsWith("type ")) names.set(name, from);
    }
  return [...names].map(([name, from]) => `export { ${name} } from "${from}";`).join("\n");
}

function hasServer() {
  return existsSync("server/main.ts");
}

/** One installer or builder at a time; a lock whose owner is gone is taken over. */
function withLock(task) {
  const lock = join(ROOT, ".riftpad.lock");
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, "pid"), String(process.pid));
      break;
    } catch {
      const owner = Number(existsSync(join(lock, "pid")) ? readFileSync(join(lock, "pid"), "utf8") : 0);
      if (!isAlive(owner) && Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 2_000)
        rmSync(lock, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
    }
  }
  process.on("exit", () => rmSync(lock, { recursive: true, force: true }));
  try {
    task();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs tests, and ends them with everything that they have started when it takes too long. Returns the exit code. */
function runLimited(program, ...rest) {
  const isGroup = process.platform !== "win32";
  const child = spawn(program, rest, { stdio: ["ignore", "inherit", "inherit"], detached: isGroup });
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(isGroup ? -child.pid : child.pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  };
  const timer = setTimeout(() => {
    console.error(`Not done after ${LAYER_MINUTES_MAX} minutes: ended, and counted as one failure.`);
    end();
  }, LAYER_MINUTES_MAX * 60_000);
  // In a group of its own it is not told of a Ctrl-C.
  const onSignal = () => {
    end();
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, onSignal);
  return new Promise((resolve) => {
    const onEnd = (status) => {
      clearTimeout(timer);
      for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, onSignal);
      resolve(status);
    };
    child.on("error", () => onEnd(1));
    child.on("exit", (code) => onEnd(code ?? 1));
  });
}

function run(program, ...rest) {
  return spawnSync(program, rest, { stdio: "inherit", env: process.env });
}

function hashOf(parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

function filesUnder(folder, pattern) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

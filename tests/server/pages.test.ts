/** The pages' process beside the sync server: it dies, it is killed with it, and what it answers carries what the server says. */

import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { metricOf } from "../support/raw-http.ts";
import { newFolder, type ServerProcess, startServer } from "../support/server-process.ts";

let server: ServerProcess | null = null;
afterEach(async () => {
  await server?.stop("SIGKILL");
  server = null;
});

/** The ids of the pages' processes that this server has started, in order. */
function pidsOf(of: ServerProcess): number[] {
  return [...of.output().matchAll(/"pid":(\d+),"msg":"The pages are there"/g)].map((match) => Number(match[1]));
}

/** Resolves when as many have been started. */
async function pagesOf(of: ServerProcess, count: number): Promise<number[]> {
  while (pidsOf(of).length < count) await once(of.child.stderr!, "data");
  return pidsOf(of);
}

async function said(by: ServerProcess, words: RegExp): Promise<void> {
  while (!words.test(by.output())) await once(by.child.stderr!, "data");
}

const startWithPages = (env = {}): Promise<ServerProcess> =>
  startServer({ hasPages: true, nodes: 1, env: { RIFTPAD_LOG: "info", ...env } });

it("the pages are killed, and can first not be started: 503, then pages again; who syncs notices nothing", async () => {
  const temporary = newFolder();
  server = await startWithPages({ TMPDIR: temporary });
  const address = `http://${server.url}/learn`;
  expect((await fetch(address)).status).toBe(200);
  const note = await openTabNote(server.url, "beside", { strategy: "fugue", seed: "beside" });
  await until(note, ({ connection }) => connection === "synced");
  const connections: string[] = [];
  const stop = note.session.subscribe(() => connections.push(note.session.status().connection));
  const [pid] = await pagesOf(server, 1);
  rmSync(temporary, { recursive: true });
  process.kill(pid!, "SIGKILL");
  await said(server, /"stack":"ConfigError: The pages need a folder in /);
  const { status, headers } = await fetch(address);
  expect([status, headers.get("retry-after"), headers.get("cache-control")]).toEqual([503, "1", "no-store"]);
  typeInto(note, "typed without pages");
  await until(note, ({ unsaved }) => unsaved === 0);
  mkdirSync(temporary);
  const [, next] = await pagesOf(server, 2);
  expect(next).not.toBe(pid);
  expect((await fetch(address)).status).toBe(200);
  expect(server.output()).toMatch(/"level":50,.*"stack":"Error: The process of the pages has ended: SIGKILL\\n\s+at /);
  const metrics = await (await fetch(`http://${server.url}/metrics`)).text();
  expect(metricOf(metrics, "riftpad_pages_restarts_total")).toBeGreaterThanOrEqual(2);
  expect(new Set(connections)).toEqual(new Set(["synced"]));
  stop();
  note.close();
});

it("the pages are killed while they are asked: 503", async () => {
  server = await startWithPages();
  const [pid] = await pagesOf(server, 1);
  process.kill(pid!, "SIGSTOP");
  const asked = fetch(`http://${server.url}/learn`);
  await fetch(`http://${server.url}/healthz`);
  process.kill(pid!, "SIGKILL");
  expect((await asked).status).toBe(503);
  await said(server, /are started again/);
});

it("the server is killed: its pages end too, without a word", async () => {
  server = await startWithPages();
  expect((await fetch(`http://${server.url}/learn`)).status).toBe(200);
  const before = server.output();
  // They share its streams, which so end with the last of both.
  const closed = once(server.child, "close");
  server.child.kill("SIGKILL");
  await closed;
  expect(server.output()).toBe(before);
});

it("Ctrl+C in a terminal reaches both: the server stops, and its pages print nothing", async () => {
  server = await startWithPages();
  const [pid] = await pagesOf(server, 1);
  for (const signal of ["SIGINT", "SIGTERM", "SIGINT"] as const) process.kill(pid!, signal);
  expect((await fetch(`http://${server.url}/learn`)).status).toBe(200);
  const before = server.output();
  const closed = once(server.child, "close");
  server.child.kill("SIGINT");
  expect((await closed)[0]).toBe(0);
  expect(server.output()).toBe(before);
});

it("what a page carries is the server's, what it is made with too; redirects and errors carry it as well", async () => {
  server = await startWithPages();
  const answers = await Promise.all(
    ["/notes/welcome", "/nothing-here", "/learn/", "/_next/static/nothing.js"].map((path) =>
      fetch(`http://${server!.url}${path}`, { redirect: "manual" }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 308, 404]);
  expect(answers[2]!.headers.get("location")).toBe("/learn");
  for (const { headers } of answers) {
    expect(
      [
        "x-content-type-options",
        "referrer-policy",
        "cross-origin-opener-policy",
        "cross-origin-embedder-policy",
        "cross-origin-resource-policy",
      ].map((name) => headers.get(name)),
    ).toEqual(["nosniff", "no-referrer", "same-origin", "require-corp", "same-origin"]);
    expect(headers.get("content-security-policy")).toContain(`connect-src 'self' ws://${server.url} wss://${server.url};`);
  }
  const nonce = /'nonce-([^']+)'/.exec(answers[0]!.headers.get("content-security-policy") ?? "")?.[1];
  const scripts = (await answers[0]!.text()).match(/<script\b[^>]*>/g) ?? [];
  expect(scripts.length).toBeGreaterThan(1);
  expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([]);
});

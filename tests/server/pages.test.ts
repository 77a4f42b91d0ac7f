/** The pages' process beside the sync server: it dies, it is killed with it, and what it answers carries what the server says. */

import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { metricOf } from "../support/raw-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

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

const startWithPages = (): Promise<ServerProcess> => startServer({ hasPages: true, nodes: 1, env: { RIFTPAD_LOG: "info" } });

it("the pages are killed: 503 with a time to come back at, then pages again, and who syncs notices nothing", async () => {
  server = await startWithPages();
  const address = `http://${server.url}/learn`;
  expect((await fetch(address)).status).toBe(200);
  const note = await openTabNote(server.url, "beside", { strategy: "fugue", seed: "beside" });
  await until(note, ({ connection }) => connection === "synced");
  const connections: string[] = [];
  const stop = note.session.subscribe(() => connections.push(note.session.status().connection));
  const [pid] = await pagesOf(server, 1);
  process.kill(pid!, "SIGKILL");
  while (!server.output().includes("are started again")) await once(server.child.stderr!, "data");
  const meanwhile = await fetch(address);
  expect([meanwhile.status, meanwhile.headers.get("retry-after"), meanwhile.headers.get("content-type")]).toEqual([
    503,
    "1",
    "application/json; charset=utf-8",
  ]);
  expect(await meanwhile.text()).toContain("started again");
  typeInto(note, "typed without pages");
  await until(note, ({ unsaved }) => unsaved === 0);
  const [, next] = await pagesOf(server, 2);
  expect(next).not.toBe(pid);
  expect((await fetch(address)).status).toBe(200);
  expect(server.output()).toMatch(/"level":50,.*"stack":"Error: The process of the pages has ended: SIGKILL\\n\s+at /);
  expect(metricOf(await (await fetch(`http://${server.url}/metrics`)).text(), "riftpad_pages_restarts_total")).toBe(1);
  expect(new Set(connections)).toEqual(new Set(["synced"]));
  stop();
  note.close();
});

it.each([
  ["SIGKILL", null],
  ["SIGTERM", 0],
] as const)("the server ends by %s: its pages end too, without a word", async (signal, code) => {
  server = await startWithPages();
  expect((await fetch(`http://${server.url}/learn`)).status).toBe(200);
  const said = server.output();
  // They share its streams, which so end with the last of both.
  const closed = once(server.child, "close");
  server.child.kill(signal);
  expect((await closed)[0]).toBe(code);
  expect(server.output()).toBe(said);
});

it("Ctrl+C in a terminal reaches both: the server stops, and its pages print nothing", async () => {
  server = await startWithPages();
  const [pid] = await pagesOf(server, 1);
  for (const signal of ["SIGINT", "SIGTERM", "SIGINT"] as const) process.kill(pid!, signal);
  expect((await fetch(`http://${server.url}/learn`)).status).toBe(200);
  const said = server.output();
  const closed = once(server.child, "close");
  server.child.kill("SIGINT");
  expect((await closed)[0]).toBe(0);
  expect(server.output()).toBe(said);
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

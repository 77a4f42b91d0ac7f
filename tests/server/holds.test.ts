/** Messages of real sockets, touched one by one over HTTP. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JournalAnswer } from "../../crdt/sync/control-messages.ts";
import type { HeldLink, InspectedHeld, MessagesAnswer } from "../../crdt/sync/held-messages.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { control, replicasOf, watchNodes } from "../support/nodes-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ nodes: 3 });
});
afterAll(async () => {
  await server.stop("SIGKILL");
});

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { status, json } = await control(server, method, path, body);
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
  return json as T;
}

async function upLink(note: string, isSo: (link: HeldLink) => boolean): Promise<HeldLink> {
  return expect
    .poll(async () => {
      const { links } = await ask<MessagesAnswer>("GET", `messages?note=${note}`);
      const link = links.find(({ direction }) => direction === "up");
      return link !== undefined && isSo(link) ? link : null;
    })
    .not.toBeNull()
    .then(async () => (await ask<MessagesAnswer>("GET", `messages?note=${note}`)).links.find(({ direction }) => direction === "up")!);
}

/** A and B in step, somebody who looks, and what B sends held. */
async function setUp(note: string) {
  const open = (name: string) => openTabNote(server.url, note, { strategy: "walker", seed: `${note} ${name}`, name: `${note}-${name}` });
  const [a, b] = [await open("A"), await open("B")];
  const watch = await watchNodes(server, note, "walker");
  typeInto(a, "start ");
  await until(b, (_, text) => text === "start ");
  const replicaId = (await replicasOf(server, note)).find(({ name }) => name === `${note}-B`)!.replicaId;
  await ask("PUT", `holds/${replicaId}`, { up: true });
  const close = async (): Promise<void> => {
    await ask("POST", "heal", {});
    for (const each of [a, b, watch]) each.close();
  };
  return { a, b, watch, replicaId, close };
}

const isUpdate = ({ name }: { readonly name: string | null }): boolean => name === "numbered";

describe("holds", () => {
  it("hold what a replica sends, tell what waits, look into it, and deliver it", async () => {
    const { a, b, replicaId, close } = await setUp("hold");
    typeInto(b, "held ");
    const link = await upLink("hold", ({ messages }) => messages.some(isUpdate));
    const update = link.messages.find(isUpdate)!;
    expect([link.isHeld, link.replicaId, update.dueInMs]).toEqual([true, replicaId, null]);
    const inside = await ask<InspectedHeld>("GET", `messages/${link.link}/${update.id}`);
    expect(inside.lines[1]).toMatch(/^update of \d+ bytes$/);
    expect(inside.contents.join()).toMatch(/"held/);
    expect(a.text()).toBe("start ");
    await ask("POST", `messages/${link.link}`, { act: "deliver", id: update.id });
    await until(a, (_, text) => text === "start held ");
    const { entries } = await ask<JournalAnswer>("GET", "journal/hold");
    const acts = entries.flatMap((entry) => (entry.kind === "conditions" ? [entry.text] : []));
    expect(acts).toContain("up holds its messages");
    expect(acts).toContain(`up: message ${update.id}, numbered, delivered`);
    expect(entries.some(({ kind }) => kind === "held")).toBe(true);
    await close();
  });

  it("a dropped update is mended by sync once the next number shows that it is missing", async () => {
    const { a, b, replicaId, close } = await setUp("drop");
    typeInto(b, "one ");
    const link = await upLink("drop", ({ messages }) => messages.some(isUpdate));
    await ask("POST", `messages/${link.link}`, { act: "drop", id: link.messages.find(isUpdate)!.id });
    typeInto(b, "two ");
    await ask("PUT", `holds/${replicaId}`, { up: false });
    await until(a, (_, text) => text === "start one two ");
    await until(b, ({ unsaved }) => unsaved === 0);
    await close();
  });

  it("a doubled update is not doubled in the text", async () => {
    const { a, b, close } = await setUp("double");
    typeInto(b, "once ");
    const link = await upLink("double", ({ messages }) => messages.some(isUpdate));
    await ask("POST", `messages/${link.link}`, { act: "duplicate", id: link.messages.find(isUpdate)!.id });
    await ask("POST", "heal", {});
    await until(b, ({ unsaved }) => unsaved === 0);
    await until(a, (_, text) => text === "start once ");
    expect(b.text()).toBe("start once ");
    await close();
  });

  it("refuses what is not there, and says what is", async () => {
    const { close } = await setUp("refuse");
    const problem = async (method: string, path: string, body?: unknown) => {
      const { status, json } = await control(server, method, path, body);
      return `${status} ${(json as { error?: unknown }).error as string}`;
    };
    expect(await problem("POST", "messages/999-up", { act: "drop" })).toContain("400 No link 999-up");
    expect(await problem("POST", "messages/999-up", { act: "eat" })).toMatch(/^400 act/);
    expect(await problem("GET", "messages")).toContain("400 Of which note");
    expect(await problem("GET", "messages/999-up/0")).toContain("404 No link 999-up");
    expect(await problem("PUT", "holds/nobody", { up: true })).toContain("no replica id");
    await close();
  });
});

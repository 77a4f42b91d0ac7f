/** Links: who gets in with which, what each may do, and what happens when one ends. */

import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import type { HeldNote, LinkAnswer } from "../../crdt/sync/access-messages.ts";
import { encodeFrame, peekFrameType, SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { openStock, openTabNote, rawSocket, typeInto, until } from "../support/live-clients.ts";
import { metricOf } from "../support/raw-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const TOKEN = "a-token-of-the-owner";
const LINKS = { RIFTPAD_ACCESS: "links", RIFTPAD_TOKEN: TOKEN };
const REPLICA = "0000000000b";

async function ask(server: ServerProcess, method: string, path: string, body?: unknown, token: string | null = TOKEN) {
  const answer = await fetch(`http://${server.url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as unknown };
}

async function link(server: ServerProcess, noteId: string, right: "edit" | "view", expiresInS?: number): Promise<LinkAnswer> {
  const { status, json } = await ask(server, "POST", "/access/links", {
    noteId,
    right,
    ...(expiresInS === undefined ? {} : { expiresInS }),
  });
  expect(status).toBe(200);
  return json as LinkAnswer;
}

/** How a connection with this capability ends, and what it was sent before. */
async function turnedAway(server: ServerProcess, note: string, cap: string | null, protocols = [SUBPROTOCOL]) {
  const query = cap === null ? "" : `&cap=${encodeURIComponent(cap)}`;
  const { closed, frames } = await rawSocket(`ws://${server.url}/sync/${note}?replica=${REPLICA}${query}`, protocols);
  return { ...(await closed), frames: frames.length };
}

/** A note with `text` in it, made by the owner. */
async function ownNote(server: ServerProcess, note: string, text: string) {
  const owner = await openTabNote(server.url, note, { strategy: "yjs", seed: `owner of ${note}`, capability: TOKEN });
  await until(owner, ({ connection }) => connection === "synced");
  typeInto(owner, text);
  await until(owner, ({ unsaved }) => unsaved === 0);
  return owner;
}

describe("with links required", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ env: LINKS });
  });
  afterAll(() => server.stop("SIGKILL"));

  it("[AC1] 4401 without a capability, tab or stock, note or list of notes, before any frame", async () => {
    for (const protocols of [[], [SUBPROTOCOL]])
      for (const note of ["secret", "_catalog"])
        expect(await turnedAway(server, note, null, protocols)).toMatchObject({ code: CLOSE.unauthorised, frames: 0 });
    expect(CLOSE.unauthorised).toBe(4401);
  });

  it("[AC1] 4401 with what this server did not sign", async () => {
    const { capability } = await link(server, "signed", "view");
    const [body = "", mac = ""] = capability.split(".");
    const forged = Buffer.from(Buffer.from(body, "base64url").toString().replace('"view"', '"edit"')).toString("base64url");
    for (const cap of ["x", "..", `${forged}.${mac}`, `${body}.${"A".repeat(43)}`, `${body}.`, body, "x".repeat(2_000)])
      expect(await turnedAway(server, "signed", cap), cap.slice(0, 60)).toMatchObject({ code: CLOSE.unauthorised, frames: 0 });
  });

  it("[AC1] 4403 with a capability for another note, and with one that has expired", async () => {
    const { capability } = await link(server, "mine", "edit");
    expect(await turnedAway(server, "other", capability)).toMatchObject({ code: CLOSE.forbidden, reason: "This link is for another note" });
    expect(await turnedAway(server, "_catalog", capability)).toMatchObject({ code: CLOSE.forbidden });
    const short = await link(server, "mine", "edit", 0.001);
    expect(await turnedAway(server, "mine", short.capability)).toMatchObject({ code: CLOSE.forbidden, frames: 0 });
    expect(CLOSE.forbidden).toBe(4403);
  });

  it("an edit link writes, from a tab and from a stock client", async () => {
    const owner = await ownNote(server, "shared", "owner ");
    const { capability } = await link(server, "shared", "edit");
    const guest = await openTabNote(server.url, "shared", { strategy: "yjs", seed: "guest", capability });
    await until(guest, ({ connection }, text) => connection === "synced" && text === "owner ");
    typeInto(guest, "guest ");
    await until(owner, (_, text) => text === "owner guest ");
    const stock = openStock(server.url, "shared", { cap: capability });
    await stock.reads("owner guest ");
    stock.text.insert(stock.text.length, "stock");
    await until(owner, (_, text) => text === "owner guest stock");
    stock.close();
    guest.close();
    owner.close();
  });

  it("[AC2] a view link reads, and is never asked for what it has", async () => {
    const owner = await ownNote(server, "read", "words");
    const { capability } = await link(server, "read", "view");
    const stock = openStock(server.url, "read", { cap: capability });
    await stock.synced();
    await stock.reads("words");
    const reader = await openTabNote(server.url, "read", { strategy: "yjs", seed: "reader", capability });
    await until(reader, ({ connection }, text) => connection === "synced" && text === "words");
    typeInto(owner, "!");
    await Promise.all([stock.reads("words!"), until(reader, (_, text) => text === "words!")]);
    const raw = await rawSocket(`ws://${server.url}/sync/read?replica=${REPLICA}&cap=${capability}`);
    const answered = new Promise<void>((resolve) => {
      raw.socket.on("message", (data: Buffer) => peekFrameType(data) === "sync-step-2" && resolve());
    });
    raw.socket.send(encodeFrame({ type: "sync-step-1", version: Uint8Array.of(0) }));
    await answered;
    expect(raw.frames.map(peekFrameType)).not.toContain("sync-step-1");
    raw.socket.terminate();
    stock.close();
    reader.close();
    owner.close();
  });

  it("[AC2] a view link's presence is passed on", async () => {
    const owner = await ownNote(server, "presence", "x");
    const { capability } = await link(server, "presence", "view");
    const reader = await openTabNote(server.url, "presence", { strategy: "yjs", seed: "present reader", capability });
    await until(reader, ({ connection }) => connection === "synced");
    reader.session.setPresence({ user: { name: "Reader" } });
    await until(owner, () => JSON.stringify([...owner.session.presence.states().values()]).includes("Reader"));
    expect(reader.session.status().connection).toBe("synced");
    reader.close();
    owner.close();
  });

  const update = Uint8Array.of(0, 0);
  it.each([
    ["update", encodeFrame({ type: "update", update })],
    ["step 2", encodeFrame({ type: "sync-step-2", update })],
    ["a number written in too many bytes", Uint8Array.of(0x80, 0, 0x82, 0, 2, 0, 0)],
    ["numbered", encodeFrame({ type: "numbered", seq: 1, frame: { type: "update", update } })],
  ])("[AC2] [AC3] a view link that writes is closed with 4403: %s", async (_, frame) => {
    const owner = await ownNote(server, "untouched", "");
    const { capability } = await link(server, "untouched", "view");
    const { socket, closed } = await rawSocket(`ws://${server.url}/sync/untouched?replica=${REPLICA}&strategy=yjs&cap=${capability}`, [
      SUBPROTOCOL,
    ]);
    socket.send(encodeFrame({ type: "epoch", epoch: null }));
    const count = async (): Promise<number> =>
      metricOf(await (await fetch(`http://${server.url}/metrics`)).text(), "riftpad_refusals_total", '{reason="view-only"}');
    const before = await count();
    for (let n = 0; n < 3; n++) socket.send(frame);
    expect(await closed).toEqual({ code: CLOSE.forbidden, reason: "This link lets you read, not write" });
    expect((await count()) - before).toBe(1);
    expect(owner.session.status().connection).toBe("synced");
    owner.close();
  });

  it("[AC3] revoking a link ends its connections within a second, on /sync and on /control, and no others", async () => {
    const owner = await ownNote(server, "revoked", "kept");
    const [ended, other] = await Promise.all([link(server, "revoked", "edit"), link(server, "revoked", "edit")]);
    const url = (cap: string): string => `ws://${server.url}/sync/revoked?replica=${REPLICA}&strategy=yjs&cap=${cap}`;
    const guest = await rawSocket(url(ended.capability), [SUBPROTOCOL]);
    const stays = await rawSocket(url(other.capability), [SUBPROTOCOL]);
    const control = await rawSocket(`ws://${server.url}/control`);
    const welcome = new Promise<void>((resolve) => control.socket.once("message", () => resolve()));
    const hello = { type: "hello", replicaId: REPLICA, noteId: "revoked", strategy: "yjs", name: null, capability: ended.capability };
    control.socket.send(JSON.stringify(hello));
    await welcome;
    // A socket whose owner reads nothing more, and so never answers the goodbye.
    const deaf = await rawSocket(url(ended.capability), [SUBPROTOCOL]);
    deaf.socket.pause();
    const fromMs = Date.now();
    expect((await ask(server, "DELETE", `/access/links/${ended.id}`)).status).toBe(200);
    expect([(await guest.closed).code, (await control.closed).code]).toEqual([CLOSE.forbidden, CLOSE.forbidden]);
    let left = -1;
    while (left !== 1 && Date.now() - fromMs < 5_000) {
      const { json } = await ask(server, "GET", "/control/replicas?note=revoked");
      left = (json as { replicas: { replicaId: string; isConnected: boolean }[] }).replicas.filter(
        ({ replicaId, isConnected }) => replicaId === REPLICA && isConnected,
      ).length;
    }
    // Only the other link's connection is left of that replica.
    expect(left).toBe(1);
    expect(stays.socket.readyState).toBe(WebSocket.OPEN);
    expect(await turnedAway(server, "revoked", ended.capability)).toMatchObject({ code: CLOSE.forbidden, reason: "This link was revoked" });
    expect((await ask(server, "DELETE", `/access/links/${ended.id}`)).status).toBe(404);
    for (const { socket } of [stays, deaf]) socket.terminate();
    owner.close();
  });

  it("[AC3] a link that expires ends its connections", async () => {
    const { capability } = await link(server, "brief", "view", 0.4);
    const { closed } = await rawSocket(`ws://${server.url}/sync/brief?replica=${REPLICA}&cap=${capability}`);
    expect(await closed).toEqual({ code: CLOSE.forbidden, reason: "This link has expired" });
  });

  it("[AC4] a browser learns of the notes that it holds links of, and of no other title", async () => {
    const owner = await ownNote(server, "listed", "x");
    const hidden = await ownNote(server, "hidden", "x");
    const [view, edit, dead] = await Promise.all([
      link(server, "listed", "view"),
      link(server, "listed", "edit"),
      link(server, "hidden", "view"),
    ]);
    await ask(server, "DELETE", `/access/links/${dead.id}`);
    const capabilities = [view.capability, edit.capability, dead.capability, "nonsense"];
    const { json } = await ask(server, "POST", "/access/notes", { capabilities }, null);
    expect((json as { notes: HeldNote[] }).notes).toMatchObject([{ noteId: "listed", right: "edit", strategy: "yjs" }]);
    expect(JSON.stringify(json)).not.toContain("hidden");
    expect((await ask(server, "POST", "/access/notes", { capabilities: [] }, null)).json).toEqual({ notes: [] });
    owner.close();
    hidden.close();
  });

  it("one note is told of to its links alone", async () => {
    const owner = await ownNote(server, "one", "x");
    const { capability } = await link(server, "one", "view");
    expect((await ask(server, "GET", "/access/notes/one", undefined, null)).status).toBe(401);
    expect((await ask(server, "GET", "/access/notes/one", undefined, capability)).json).toMatchObject({ noteId: "one", right: "view" });
    expect((await ask(server, "GET", "/access/notes/welcome", undefined, capability)).status).toBe(403);
    owner.close();
  });

  it("links are the owner's to make, list and end, on the same machine too", async () => {
    const { capability } = await link(server, "welcome", "edit");
    for (const token of [null, "not-the-token-of-anybody", capability]) {
      expect((await ask(server, "POST", "/access/links", { noteId: "welcome", right: "edit" }, token)).status).toBe(401);
      expect((await ask(server, "GET", "/access/links", undefined, token)).status).toBe(401);
      expect((await ask(server, "DELETE", "/access/links/x", undefined, token)).status).toBe(401);
      expect((await ask(server, "GET", "/access", undefined, token)).json).toMatchObject({
        mode: "links",
        isOwner: false,
        mayShare: false,
      });
    }
    expect((await ask(server, "GET", "/access")).json).toMatchObject({ mode: "links", isOwner: true, mayShare: true });
    const { json } = await ask(server, "GET", "/access/links?note=welcome");
    expect((json as { links: LinkAnswer[] }).links.map(({ noteId }) => noteId)).toContain("welcome");
  });

  it.each([
    [{ noteId: "a/b", right: "edit" }],
    [{ noteId: "_catalog", right: "edit" }],
    [{ noteId: "a", right: "own" }],
    [{ noteId: "a", right: "edit", expiresInS: -1 }],
    [{ noteId: "a", right: "edit", more: 1 }],
    ["text"],
  ])("400 for a link that makes no sense: %j", async (body) => {
    expect((await ask(server, "POST", "/access/links", body)).status).toBe(400);
  });

  it("a tab that may not see a note hears nothing of it on /control", async () => {
    const { capability } = await link(server, "welcome", "view");
    const hello = { type: "hello", replicaId: REPLICA, noteId: "hidden", strategy: "yjs", name: null };
    for (const [cap, code] of [
      [undefined, CLOSE.unauthorised],
      [capability, CLOSE.forbidden],
    ] as const) {
      const { socket, closed, frames } = await rawSocket(`ws://${server.url}/control`);
      socket.send(JSON.stringify({ ...hello, capability: cap }));
      expect([(await closed).code, frames.length]).toEqual([code, 0]);
    }
  });
});

describe("links over restarts", () => {
  it("hold, stay ended, and are kept where nobody else reads them", async () => {
    const server = await startServer({ env: LINKS });
    const [kept, ended] = await Promise.all([link(server, "welcome", "view"), link(server, "welcome", "view")]);
    await ask(server, "DELETE", `/access/links/${ended.id}`);
    await server.stop("SIGKILL");
    for (const file of ["access.secret", "links.json"]) expect(statSync(join(server.folder, file)).mode & 0o777, file).toBe(0o600);
    chmodSync(join(server.folder, "access.secret"), 0o644);

    const again = await startServer({ env: LINKS, folder: server.folder });
    expect(statSync(join(server.folder, "access.secret")).mode & 0o777).toBe(0o600);
    const { socket } = await rawSocket(`ws://${again.url}/sync/welcome?replica=${REPLICA}&cap=${kept.capability}`, [SUBPROTOCOL]);
    socket.terminate();
    expect(await turnedAway(again, "welcome", ended.capability)).toMatchObject({ code: CLOSE.forbidden });
    await again.stop("SIGKILL");

    // A book that cannot be read ends every link, and is set aside rather than written over.
    writeFileSync(join(server.folder, "links.json"), "[{");
    const third = await startServer({ env: LINKS, folder: server.folder });
    expect(await turnedAway(third, "welcome", kept.capability)).toMatchObject({ code: CLOSE.forbidden });
    expect(readFileSync(join(server.folder, "links.json.broken"), "utf8")).toBe("[{");
    await third.stop("SIGKILL");

    writeFileSync(join(server.folder, "access.secret"), "short");
    await expect(startServer({ env: LINKS, folder: server.folder })).rejects.toThrow(
      /^Exit 1: Cannot use the data folder .*access\.secret/,
    );
  });
});

describe("without links required", () => {
  it("whoever has the address is in, and a view link still only reads", async () => {
    const server = await startServer();
    const { json } = await ask(server, "POST", "/access/links", { noteId: "welcome", right: "view" }, null);
    const { capability } = json as LinkAnswer;
    const { socket, closed } = await rawSocket(`ws://${server.url}/sync/welcome?replica=${REPLICA}&strategy=walker&cap=${capability}`, [
      SUBPROTOCOL,
    ]);
    socket.send(encodeFrame({ type: "update", update: Uint8Array.of(0) }));
    expect((await closed).code).toBe(CLOSE.forbidden);
    const open = await rawSocket(`ws://${server.url}/sync/_catalog?replica=${REPLICA}`, [SUBPROTOCOL]);
    open.socket.terminate();
    await server.stop("SIGKILL");
  });

  it("a note that is full takes no more: 4413, and what it has stays", async () => {
    const server = await startServer({ env: { RIFTPAD_NOTE_BYTES_MAX: "4000" } });
    const note = await openTabNote(server.url, "full", { strategy: "yjs", seed: "full" });
    await until(note, ({ connection }) => connection === "synced");
    typeInto(note, "a".repeat(3_000));
    await until(note, ({ unsaved }) => unsaved === 0);
    typeInto(note, "b".repeat(3_000));
    await until(note, ({ connection }) => connection === "refused");
    expect(note.session.status().refusal).toContain("This note is full");
    const reader = await openTabNote(server.url, "full", { strategy: "yjs", seed: "reader" });
    await until(reader, (_, text) => text === "a".repeat(3_000));
    note.close();
    reader.close();
    await server.stop("SIGKILL");
  });
});

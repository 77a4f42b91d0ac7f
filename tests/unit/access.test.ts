import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { parseNoteId } from "../../crdt/base/ids.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { encodeFrame, type Frame } from "../../crdt/sync/frames.ts";
import { Access } from "../../server/access/access.ts";
import { type Capability, signCapability, verifyCapability } from "../../server/access/capability.ts";
import { LinkBook } from "../../server/access/link-book.ts";
import { SILENT_METRICS } from "../../server/metrics/metrics.ts";
import { openDoor } from "../../server/ws/door.ts";

const NOTE = parseNoteId("note")!;
const SECRET = Buffer.alloc(32, 7);
const CAPABILITY: Capability = { noteId: NOTE, right: "view", id: "abcdefghijklmnop", expiresAtMs: 5_000 };

async function newAccess(mode: "open" | "links" = "links", folder = mkdtempSync(join(tmpdir(), "riftpad-access-"))) {
  const clock = new VirtualClock(1_000);
  const broken: string[] = [];
  const access = await Access.open(folder, { mode, token: "the-owner-has-this", clock }, (message) => broken.push(message));
  return { access, clock, folder, broken };
}

describe("a capability", () => {
  it("says what was signed, with and without an end", () => {
    for (const expiresAtMs of [5_000, null]) {
      const capability = { ...CAPABILITY, expiresAtMs };
      expect(verifyCapability(signCapability(capability, SECRET), SECRET)).toEqual(capability);
    }
  });

  it("is worth nothing under another key, and after any change of any character", () => {
    const text = signCapability(CAPABILITY, SECRET);
    expect(verifyCapability(text, Buffer.alloc(32, 8))).toBeNull();
    for (let at = 0; at < text.length; at++) {
      const changed = `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
      // The last character of a signature carries bits that no byte has.
      if (at < text.length - 1) expect(verifyCapability(changed, SECRET), `at ${at}`).toBeNull();
    }
  });

  it("never throws, whatever it is read from", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => verifyCapability(text, SECRET) === null),
      {
        numRuns: 500,
      },
    );
  });
});

describe("Access", () => {
  it("[AC1] lets in whoever holds a link, until it expires or is revoked", async () => {
    const { access, clock } = await newAccess();
    const { capability, link } = await access.mint(NOTE, "edit", 2_000);
    expect(access.decide(NOTE, capability).grant).toMatchObject({ right: "edit", isOwner: false, linkId: link.id });
    clock.advance(1_000);
    expect(access.decide(NOTE, capability).grant).not.toBeNull();
    clock.advance(1);
    expect(access.decide(NOTE, capability).refusal).toEqual({ code: CLOSE.forbidden, reason: "This link has expired" });
    const lasting = await access.mint(NOTE, "view", null);
    await access.revoke(lasting.link.id);
    expect(access.decide(NOTE, lasting.capability).refusal).toEqual({ code: CLOSE.forbidden, reason: "This link was revoked" });
  });

  it("[AC1] open, it needs none and takes no notice of what is not its own; its own links mean what they say", async () => {
    const { access } = await newAccess("open");
    for (const capability of [null, "nonsense", signCapability(CAPABILITY, SECRET)])
      expect(access.decide(NOTE, capability).grant).toMatchObject({ right: "edit", isOwner: false, linkId: null });
    const { capability, link } = await access.mint(NOTE, "view", null);
    expect(access.decide(NOTE, capability).grant).toMatchObject({ right: "view", linkId: link.id });
    await access.revoke(link.id);
    expect(access.decide(NOTE, capability).refusal?.code).toBe(CLOSE.forbidden);
  });

  it("the owner's token opens everything, and nothing like it does", async () => {
    const { access } = await newAccess();
    expect(access.decide(NOTE, "the-owner-has-this").grant).toMatchObject({ right: "edit", isOwner: true });
    for (const token of [null, "", "the-owner-has-thi", "the-owner-has-this "]) expect(access.isOwner(token)).toBe(false);
  });

  it("[AC3] ends what came with a link when it is revoked, at once, and when it expires, in time; and leaves no timer", async () => {
    const { access, clock } = await newAccess();
    const ends: string[] = [];
    const [first, second] = [await access.mint(NOTE, "edit", 3_000), await access.mint(NOTE, "edit", 3_000)];
    const hold = (capability: string, name: string) => {
      const { grant } = access.decide(NOTE, capability);
      return access.hold(grant!, ({ code, reason }) => ends.push(`${name} ${code} ${reason}`));
    };
    const release = [hold(first.capability, "a"), hold(second.capability, "b"), hold(second.capability, "c")];
    release[2]!();
    const revoking = access.revoke(first.link.id);
    expect(ends).toEqual(["a 4403 This link was revoked"]);
    expect(await revoking).toBe(true);
    release[0]!();
    clock.advance(2_001);
    expect(ends.slice(1)).toEqual(["b 4403 This link has expired"]);
    release[1]!();
    expect(clock.pending).toBe(0);
  });

  it("an end that is further away than a timer reaches sets none", async () => {
    const { access, clock } = await newAccess();
    const { capability } = await access.mint(NOTE, "edit", 2 ** 45);
    access.hold(access.decide(NOTE, capability).grant!, () => undefined);
    expect(clock.pending).toBe(0);
  });

  it("keeps its links over a restart, and those that ended ended", async () => {
    const { access, folder } = await newAccess();
    const [kept, ended] = [await access.mint(NOTE, "view", null), await access.mint(NOTE, "view", null)];
    await access.revoke(ended.link.id);
    const again = await newAccess("links", folder);
    expect(again.access.links(NOTE).map(({ capability }) => capability)).toEqual([kept.capability]);
    expect(again.access.decide(NOTE, kept.capability).grant).not.toBeNull();
    expect(again.access.decide(NOTE, ended.capability).grant).toBeNull();
  });
});

describe("LinkBook", () => {
  it.each(["{", "{}", '[{"id":1}]', '[{"id":"x","noteId":"a/b","right":"view","expiresAtMs":null}]'])(
    "a book that cannot be read is set aside and begun anew: %s",
    async (text) => {
      const { folder } = await newAccess();
      writeFileSync(join(folder, "links.json"), text);
      const { access, broken } = await newAccess("links", folder);
      expect([broken.length, readdirSync(folder).includes("links.json.broken"), access.links(null)]).toEqual([1, true, []]);
    },
  );

  it("many changes at once are all on disk when they say so", async () => {
    const { access, folder } = await newAccess();
    const made = await Promise.all(Array.from({ length: 20 }, () => access.mint(NOTE, "view", null)));
    await Promise.all(made.slice(0, 10).map(({ link }) => access.revoke(link.id)));
    const book = await LinkBook.open(folder, () => undefined);
    expect(new Set(book.list(NOTE).map(({ id }) => id))).toEqual(new Set(made.slice(10).map(({ link }) => link.id)));
  });
});

describe("the door of a connection", () => {
  const reading: Frame[] = [
    { type: "sync-step-1", version: Uint8Array.of(0) },
    { type: "awareness", update: Uint8Array.of(0) },
    { type: "query-awareness" },
    { type: "epoch", epoch: null },
    { type: "heartbeat", nonce: 1, isReply: false },
  ];
  const update = Uint8Array.of(1);
  const writing: Frame[] = [
    { type: "update", update },
    { type: "sync-step-2", update },
    { type: "numbered", seq: 1, frame: { type: "update", update } },
    { type: "piece", totalBytes: 2, offset: 0, bytes: update },
  ];
  async function door(right: "edit" | "view", noteBytes = 0) {
    const { access, clock } = await newAccess();
    const { link, capability } = await access.mint(NOTE, right, null);
    const refusals: string[] = [];
    const sent: number[] = [];
    const made = openDoor({
      grant: access.decide(NOTE, capability).grant!,
      access,
      metrics: SILENT_METRICS,
      clock,
      noteBytes: () => noteBytes,
      noteBytesMax: 100,
      onRefused: (refusal) => refusals.push(refusal),
    });
    const watched = made.watch({ send: (frame) => sent.push(frame[1] ?? -1), close: () => undefined, bufferedBytes: 3 });
    return { made, watched, refusals, sent, access, link };
  }

  it("[AC2] lets a reader read and say that it is there, and turns away whatever it could write", async () => {
    const { made, refusals } = await door("view");
    for (const frame of reading) expect(made.enter(encodeFrame(frame)), frame.type).toBeNull();
    for (const frame of writing) expect(made.enter(encodeFrame(frame)), frame.type).toMatchObject({ code: CLOSE.forbidden });
    expect(refusals).toEqual(writing.map(() => "view-only"));
  });

  it("leaves bytes that are no frame to the session, which says what is wrong with them", async () => {
    const { made } = await door("view");
    for (const bytes of [[], [99], [0], [0, 9], [0x80], [0x80, 0x80]]) expect(made.enter(Uint8Array.from(bytes))).toBeNull();
  });

  it("[AC2] is not got around by numbers written in more bytes than they need", async () => {
    const { made } = await door("view");
    for (const bytes of [
      [0x80, 0, 2, 1, 0],
      [0, 0x82, 0, 1, 0],
      [0xe8, 0x80, 0, 1, 2, 0],
    ])
      expect(made.enter(Uint8Array.from(bytes)), String(bytes)).not.toBeNull();
  });

  it("a large write is weighed whole with its first piece, and reading can be stopped through the door", async () => {
    const { made, refusals } = await door("edit", 50);
    const piece = (totalBytes: number) => encodeFrame({ type: "piece", totalBytes, offset: 0, bytes: update });
    expect(made.enter(piece(50))).toBeNull();
    expect(made.enter(piece(51))).toMatchObject({ code: CLOSE.updateTooLarge });
    expect(refusals).toEqual(["note-size"]);
    const said: string[] = [];
    const pausable = {
      send: () => undefined,
      close: () => undefined,
      bufferedBytes: 0,
      pause: () => said.push("pause"),
      resume: () => said.push("resume"),
    };
    const watched = made.watch(pausable);
    watched.pause?.();
    watched.resume?.();
    expect(said).toEqual(["pause", "resume"]);
  });

  it("[AC2] never asks a reader for what it has", async () => {
    const { watched, sent } = await door("view");
    for (const frame of [...reading, ...writing]) watched.send(encodeFrame(frame));
    expect(sent).toHaveLength(reading.length + writing.length - 1);
    const writer = await door("edit");
    writer.watched.send(encodeFrame(reading[0]!));
    expect([writer.sent.length, writer.watched.bufferedBytes]).toEqual([1, 3]);
  });

  it("[AC3] looks at the right with every write", async () => {
    const { made, access, link, refusals } = await door("edit");
    expect(made.enter(encodeFrame(writing[0]!))).toBeNull();
    await access.revoke(link.id);
    expect(made.enter(encodeFrame(writing[0]!))).toEqual({ code: CLOSE.forbidden, reason: "This link was revoked" });
    expect(refusals).toEqual(["forbidden"]);
  });

  it("turns away what a note has no room for", async () => {
    const { made, refusals } = await door("edit", 96);
    expect(made.enter(encodeFrame(writing[0]!))).toBeNull();
    expect((await door("edit", 97)).made.enter(encodeFrame(writing[0]!))).toMatchObject({ code: CLOSE.updateTooLarge });
    expect(refusals).toEqual([]);
  });
});

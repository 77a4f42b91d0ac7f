import { describe, expect, it } from "vitest";
import { previewHtml } from "../../app/_editor/preview-html.ts";
import { listedTitle } from "../../app/_ui/listed-title.ts";
import { connectionText } from "../../app/_ui/connection-text.ts";
import { statusText, wouldLoseWork } from "../../app/_ui/status-text.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import type { SessionStatus } from "../../crdt/sync/replica-session.ts";
import { Crowd } from "../../server/faults/crowd.ts";
import { Identities, type Identity } from "../../server/faults/identities.ts";

const SAVED: SessionStatus = {
  isLoaded: true,
  connection: "synced",
  unsaved: 0,
  unstored: 0,
  storage: "ok",
  refusal: null,
  interruption: null,
  draft: null,
  pause: null,
  epoch: null,
  roundTripMs: null,
  retryAtMs: null,
  savedAtMs: null,
  loading: null,
};

describe("the status chip", () => {
  it.each<[string, string, Partial<SessionStatus>]>([
    ["ok", "Saved", {}],
    ["info", "Saving 3 edits", { unsaved: 3 }],
    ["warn", "Offline, 12 edits kept on this device", { unsaved: 12, connection: "waiting" }],
    ["warn", "Offline, 1 edit kept on this device", { unsaved: 1, connection: "connecting" }],
    ["info", "Offline, nothing unsaved", { connection: "waiting" }],
    ["warn", "Server cannot save", { refusal: "The server's disk is full" }],
    ["warn", "Server cannot save, 2 edits kept on this device", { refusal: "The server's disk is full", unsaved: 2 }],
    ["bad", "Server cannot save, 1 edit in this tab alone", { refusal: "The server's disk is full", unsaved: 1, storage: "full" }],
    ["warn", "Offline, 2 edits kept on this device", { refusal: "The server's disk is full", unsaved: 2, connection: "waiting" }],
    ["bad", "Not kept: storage is full", { unsaved: 2, connection: "waiting", storage: "full" }],
    ["bad", "Not kept: this browser stores nothing", { unsaved: 2, connection: "waiting", storage: "missing" }],
    ["bad", "Refused, 2 edits not sent", { unsaved: 2, connection: "refused", refusal: "This note is yjs" }],
    ["info", "Loading", { isLoaded: false }],
    ["info", "Loading 40 %", { connection: "handshaking", loading: { receivedBytes: 400_001, totalBytes: 999_999 } }],
    ["info", "Saving 3 edits", { unsaved: 3, loading: { receivedBytes: 1, totalBytes: 2 } }],
  ])("%s: %s", (state, text, status) => expect(statusText({ ...SAVED, ...status })).toEqual({ state, text }));

  it("says of a note that cannot begin on this side what it waits for, and not that it connects", () => {
    const waiting = { ...SAVED, connection: "connecting" } as const;
    expect(statusText(waiting, { isUnborn: true })).toEqual({ state: "warn", text: "Waits for a majority" });
    expect(statusText({ ...waiting, unsaved: 2 }, { isUnborn: true })).toEqual({
      state: "warn",
      text: "Waits for a majority, 2 edits kept on this device",
    });
    expect(statusText(SAVED, { isUnborn: true })).toEqual({ state: "ok", text: "Saved" });
  });

  it("says at once that a tab is cut on purpose, though its connection still seems up", () => {
    const cut = { isCut: true, waitingS: 20 };
    expect(statusText({ ...SAVED, unsaved: 3 }, cut)).toEqual({ state: "warn", text: "Cut on purpose, 3 edits kept on this device" });
    expect(statusText({ ...SAVED, unsaved: 1, connection: "waiting" }, cut).text).toBe("Cut on purpose, 1 edit kept on this device");
    expect(statusText(SAVED, cut)).toEqual({ state: "info", text: "Cut on purpose, nothing unsaved" });
    expect(statusText({ ...SAVED, unsaved: 3, storage: "full" }, cut)).toEqual({ state: "bad", text: "Not kept: storage is full" });
  });

  it("does not go on saying that edits are being saved when no word comes", () => {
    expect(statusText({ ...SAVED, unsaved: 3 }, { waitingS: 2 })).toEqual({ state: "info", text: "Saving 3 edits" });
    expect(statusText({ ...SAVED, unsaved: 3 }, { waitingS: 4 })).toEqual({
      state: "warn",
      text: "Not yet saved: 3 edits",
      aside: "waiting for 4 s",
    });
    expect(statusText({ ...SAVED, unsaved: 3, pause: "S1 is alone" }, { waitingS: 4 }).text).toBe("Paused, 3 edits kept as a draft");
  });

  it("guards the page only while work is neither saved nor stored", () => {
    expect(wouldLoseWork({ ...SAVED, unsaved: 1 })).toBe(false);
    expect(wouldLoseWork({ ...SAVED, storage: "full" })).toBe(false);
    expect(wouldLoseWork({ ...SAVED, unsaved: 2, unstored: 1 })).toBe(true);
    expect(wouldLoseWork({ ...SAVED, unsaved: 1, storage: "full" })).toBe(true);
  });

  it("counts down to the next attempt", () => {
    expect(connectionText({ ...SAVED, connection: "waiting", retryAtMs: 9_500 }, 8_000)).toBe("Disconnected; next attempt in 2 s");
  });
});

describe("a note in the list", () => {
  const nowMs = new Date(2026, 10, 27, 15, 0).getTime();
  const entry = (title: string, ...made: [number, number, number, number, number]) => ({ title, createdAtMs: new Date(...made).getTime() });

  it.each<[string, { readonly title: string; readonly createdAtMs: number }]>([
    ["Trip", entry("Trip", 2026, 10, 27, 14, 2)],
    ["Untitled, 14:02", entry("Untitled", 2026, 10, 27, 14, 2)],
    ["Untitled, 09:05", entry("", 2026, 10, 27, 9, 5)],
    ["Untitled, 26 Nov 14:02", entry("Untitled", 2026, 10, 26, 14, 2)],
  ])("%s", (listed, note) => expect(listedTitle(note, nowMs)).toBe(listed));
});

describe("the preview", () => {
  it("renders Markdown", () => {
    expect(previewHtml("# T\n\n- [x] **a** [b](https://c.d)")).toContain(
      '<a href="https://c.d" rel="noopener noreferrer nofollow" target="_blank">b</a>',
    );
  });

  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick='x()'>b</b>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](//evil.example)",
    "![x](https://evil.example/pixel.png)",
    '[x](https://a.b "\\" onmouseover=alert(1) x=\\"")',
    '```"><script>alert(1)</script>\n```',
  ])("lets nothing run and nothing load: %s", (text) => {
    const html = previewHtml(text);
    expect(html).not.toMatch(/<(script|img|iframe|object|b )/i);
    expect(html).not.toMatch(/href="(?!https:)/i);
    expect(html.replace(/"[^"]*"/g, "")).not.toMatch(/<[^>]*\son\w+\s*=/i);
  });
});

describe("names and colours", () => {
  const identities = new Identities(new Map([[replicaIdFrom(9), "Zoe"]]));
  const crowdOf = (members: readonly Identity[]): Crowd => {
    const crowd = new Crowd();
    for (const member of members) crowd.add(member);
    return crowd;
  };
  const here: Identity[] = [];
  const claim = (n: number, wish: string | null): Identity => {
    const identity = identities.claim(replicaIdFrom(n), wish, crowdOf(here));
    here.push(identity);
    return identity;
  };

  it("are friendly and distinct, crimson last, and the same for who comes back", () => {
    expect([claim(1, null), claim(2, "Ana"), claim(9, null)].map(({ name }) => name)).toEqual(["Ana", "Bo", "Zoe"]);
    for (let n = 10; n < 15; n++) claim(n, null);
    expect(here.map(({ colour }) => colour)).toEqual([0, 1, 2, 3, 4, 5, 7, 6]);
    expect(identities.claim(replicaIdFrom(1), null, crowdOf(here.slice(1)))).toEqual(here[0]);
  });

  it("stay distinct when more are here than there are names", () => {
    const many = new Identities(new Map());
    const crowd = new Crowd();
    for (let n = 1_000; n < 1_200; n++) crowd.add(many.claim(replicaIdFrom(n), null, crowd));
    expect(new Set([...crowd].map(({ name }) => name)).size).toBe(200);
    const uses = [0, 1, 2, 3, 4, 5, 6, 7].map((colour) => crowd.usesOf(colour));
    expect(uses).toEqual([25, 25, 25, 25, 25, 25, 25, 25]);
    for (const member of crowd) crowd.delete(member);
    expect([crowd.size, crowd.hasName("Ana"), crowd.usesOf(0)]).toEqual([0, false, 0]);
  });

  it("take a wish without control characters and in reason", () => {
    expect(identities.claim(replicaIdFrom(50), `  A\u0000\u202eb ${"c".repeat(90)}`, new Crowd()).name).toBe(`A b ${"c".repeat(36)}`);
  });
});

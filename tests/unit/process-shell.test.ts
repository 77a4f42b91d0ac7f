import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { parseNoteId } from "../../crdt/base/ids.ts";
import { retryHintOf, withRetryHint } from "../../crdt/sync/close-codes.ts";
import { encodeFrame, type Frame, peekFrameType } from "../../crdt/sync/frames.ts";
import { ConfigError, readConfig } from "../../server/config.ts";
import { isSurvivable } from "../../server/failure-policy.ts";
import { addressKey } from "../../server/http/address.ts";
import { createHostGuard, isLocalHost } from "../../server/http/host-guard.ts";
import { isPlainPath, readTarget } from "../../server/http/request-target.ts";
import { policyOf } from "../../server/http/security-headers.ts";
import { watchCrowd } from "../../server/memory.ts";
import { meterStore } from "../../server/metrics/metered-store.ts";
import { SILENT_METRICS } from "../../server/metrics/metrics.ts";
import type { Store } from "../../server/store/store.ts";
import { Admission } from "../../server/ws/admission.ts";
import { openByteBudget } from "../../server/ws/byte-budget.ts";
import { Heartbeat } from "../../server/ws/heartbeat.ts";

const request = (headers: Record<string, string>): IncomingMessage => ({ headers }) as unknown as IncomingMessage;

describe("readConfig", () => {
  it("has defaults for everything, and takes every limit from the environment", () => {
    const config = readConfig({}, [], "file:///pad/server/main.ts");
    expect(config).toMatchObject({
      host: "127.0.0.1",
      port: 3000,
      access: "open",
      token: null,
      hosts: [],
      allowedOrigins: [],
      hasFaults: true,
      nodeCount: 3,
    });
    expect(config.limits.loopbackConnectionsMax).toBeGreaterThanOrEqual(5_000);
    const set = readConfig(
      { RIFTPAD_ADDRESS_CONNECTIONS_MAX: "7", RIFTPAD_HOSTS: "A.example, b.example", ALLOWED_ORIGINS: "https://c.example/" },
      [],
      "file:///pad/server/main.ts",
    );
    expect([set.limits.addressConnectionsMax, set.hosts, set.allowedOrigins]).toEqual([
      7,
      ["a.example", "b.example"],
      ["https://c.example"],
    ]);
  });

  it("runs three nodes with the pages and one without, or as many as it is told", () => {
    const count = (argv: string[], env = {}) => readConfig(env, argv, "file:///pad/server/main.ts").nodeCount;
    expect([count([]), count(["--no-web"]), count(["--no-web", "--nodes", "3"]), count(["--nodes=5"])]).toEqual([3, 1, 3, 5]);
    expect([count([], { RIFTPAD_NODES: "1" }), count(["--nodes", "5"], { RIFTPAD_NODES: "1" })]).toEqual([1, 5]);
    for (const argv of [["--nodes"], ["--nodes", "2"], ["--nodes=many"], ["--nodes", "3", "more"]])
      expect(() => count(argv)).toThrow(ConfigError);
  });

  it.each([
    { PORT: "65536" },
    { RIFTPAD_NODES: "2" },
    { RIFTPAD_PING_MS: "0" },
    { RIFTPAD_PING_MS: "1.5" },
    { RIFTPAD_ACCESS: "OPEN" },
    { RIFTPAD_FAULTS: "no" },
    { RIFTPAD_TOKEN: "has spaces in it, and quotes" },
    { ALLOWED_ORIGINS: "file:///x" },
  ])("names what cannot be used: %j", (env) => {
    const [name = ""] = Object.keys(env);
    expect(() => readConfig(env, [], "file:///pad/server/main.ts")).toThrow(ConfigError);
    expect(() => readConfig(env, [], "file:///pad/server/main.ts")).toThrow(name);
  });
});

describe("what a request asks for", () => {
  it("is read as it was sent, and never decoded", () => {
    expect(readTarget("/a%2Fb/../c?x=1&y=%zz")?.path).toBe("/a%2Fb/../c");
    expect(readTarget("/a?x=%41&y=%zz")?.query.get("x")).toBe("A");
    expect([readTarget("//")?.path, readTarget("")?.path, readTarget(undefined)?.path, readTarget("*")?.path]).toEqual([
      "//",
      "",
      "/",
      "*",
    ]);
    expect(readTarget(`/${"x".repeat(5_000)}`)).toBeNull();
  });

  it.each([
    ["/sync/a-b_c", true],
    ["/_next/webpack-hmr", true],
    ["/a..b", true],
    ["/..", false],
    ["/./a", false],
    ["//a", false],
    ["/a%00", false],
    ["/a b", false],
    ["*", false],
    ["", false],
  ])("%s may be an address of a socket: %s", (path, isPlain) => expect(isPlainPath(path)).toBe(isPlain));
});

describe("names and origins", () => {
  const local = createHostGuard({ host: "127.0.0.1", hosts: ["pad.example", "other.example:8443"], allowedOrigins: ["https://a.example"] });
  const open = createHostGuard({ host: "0.0.0.0", hosts: [], allowedOrigins: [] });

  it.each([
    ["localhost", true, true],
    ["LOCALHOST:80", true, true],
    ["[::1]:3000", true, true],
    ["127.0.0.1:1", true, true],
    ["pad.example:99", true, false],
    ["other.example", true, false],
    ["192.0.2.1", false, true],
    ["[2001:db8::1]:80", false, true],
    ["localhost.", false, false],
    ["localhost.evil.example", false, false],
    ["evil.example", false, false],
    ["a@localhost", false, false],
    ["localhost:80:80", false, false],
    ["", false, false],
  ])("Host %s is known here: %s; to a server for everybody: %s", (host, isLocal, isOpen) => {
    expect([local.isKnownHost(request({ host })), open.isKnownHost(request({ host }))]).toEqual([isLocal, isOpen]);
  });

  it.each([
    [undefined, true],
    ["http://localhost:3000", true],
    ["https://localhost:3000", true],
    ["https://a.example", true],
    ["http://a.example", false],
    ["http://localhost:3001", false],
    ["http://localhost:3000.evil.example", false],
    ["null", false],
    ["", false],
  ])("Origin %s: %s", (origin, isKnown) => {
    expect(local.isKnownOrigin(request({ host: "localhost:3000", ...(origin === undefined ? {} : { origin }) }))).toBe(isKnown);
  });

  it("knows which hosts only this machine reaches", () => {
    expect(["localhost", "127.0.0.1", "127.8.8.8", "::1"].every(isLocalHost)).toBe(true);
    expect(["0.0.0.0", "::", "192.168.1.2", "pad.example", "127.0.0.1.evil.example"].some(isLocalHost)).toBe(false);
  });
});

describe("the policy of a page", () => {
  it("lets no script run but with the nonce, and no style", () => {
    const policy = policyOf("NONCE", "localhost:3000");
    expect(policy).toContain("script-src 'self' 'nonce-NONCE';");
    expect(policy).toContain("connect-src 'self' ws://localhost:3000 wss://localhost:3000;");
    expect(policy).not.toMatch(/unsafe/);
  });

  it.each(["a; script-src *", "a'b", "a b", ""])("takes no words from a Host header: %s", (host) => {
    expect(policyOf("N", host)).toContain("connect-src 'self';");
  });
});

describe("Admission", () => {
  const limits = {
    connectionsMax: 3,
    addressConnectionsMax: 2,
    loopbackConnectionsMax: 3,
    addressConnectsMax: 100,
    loopbackConnectsMax: 100,
  };

  it("counts addresses apart, and gives a place back once", async () => {
    const admission = new Admission(limits);
    const first = await admission.enter("192.0.2.1");
    const second = await admission.enter("::ffff:192.0.2.1");
    expect((await admission.enter("192.0.2.1")).rejection).toMatchObject({ status: 429, refusal: "address-connections" });
    expect((await admission.enter("192.0.2.2")).rejection).toBeNull();
    expect((await admission.enter("192.0.2.3")).rejection).toMatchObject({ status: 503, refusal: "connections" });
    first.leave?.();
    first.leave?.();
    expect([admission.total, (await admission.enter("192.0.2.1")).rejection]).toEqual([2, null]);
    second.leave?.();
  });

  it("many at the same moment get no more places than there are", async () => {
    const admission = new Admission({ ...limits, connectionsMax: 50, addressConnectionsMax: 5 });
    const places = await Promise.all(Array.from({ length: 20 }, () => admission.enter("192.0.2.1")));
    expect([places.filter(({ leave }) => leave !== null).length, admission.total]).toEqual([5, 5]);
  });

  it("says how long to wait after too many in too short a time, and keeps no place for them", async () => {
    const admission = new Admission({ ...limits, connectionsMax: 50, addressConnectsMax: 2 });
    for (let n = 0; n < 2; n++) (await admission.enter("192.0.2.1")).leave?.();
    const { rejection } = await admission.enter("192.0.2.1");
    expect(rejection).toMatchObject({ status: 429, refusal: "address-rate" });
    expect(rejection!.retryAfterS).toBeGreaterThan(0);
    expect(admission.total).toBe(0);
  });

  it.each([
    ["127.0.0.1", "loopback"],
    ["127.4.4.4", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
  ])("%s counts as %s", (address, key) => expect(addressKey(address)).toBe(key));
});

describe("Heartbeat", () => {
  function peer(answers: boolean, bufferedAmount = 0) {
    const made = {
      pings: 0,
      isGone: false,
      isPaused: false,
      bufferedAmount,
      ping() {
        made.pings++;
        if (answers) heart.heard(made);
      },
      terminate() {
        made.isGone = true;
        heart.remove(made);
      },
    };
    return made;
  }
  let heart: Heartbeat;

  it("[HB3] ends a peer that answers nothing within two periods, and leaves the others", () => {
    const clock = new VirtualClock();
    heart = new Heartbeat(clock, 10_000);
    const peers = Array.from({ length: 45 }, (_, n) => peer(n % 3 !== 0));
    for (const each of peers) heart.add(each);
    clock.advance(9_999);
    expect(peers.some(({ isGone }) => isGone)).toBe(false);
    clock.advance(10_001);
    expect(peers.map(({ isGone }) => isGone)).toEqual(peers.map((_, n) => n % 3 === 0));
    clock.advance(100_000);
    expect(peers.filter(({ isGone }) => isGone)).toHaveLength(15);
  });

  it("pings each once a period, a few in each step, on one timer", () => {
    const clock = new VirtualClock();
    heart = new Heartbeat(clock, 10_000);
    const peers = Array.from({ length: 200 }, () => peer(true));
    for (const each of peers) heart.add(each);
    expect(clock.pending).toBe(1);
    clock.advance(500);
    expect(peers.filter(({ pings }) => pings > 0)).toHaveLength(10);
    clock.advance(9_500);
    expect(new Set(peers.map(({ pings }) => pings))).toEqual(new Set([1]));
  });

  it("[HB3] takes a slow reader for slow", () => {
    const clock = new VirtualClock();
    heart = new Heartbeat(clock, 1_000);
    const slow = peer(false, 5);
    heart.add(slow);
    clock.advance(60_000);
    expect([slow.isGone, slow.pings]).toEqual([false, 0]);
  });

  it("[HB3] does not blame a peer for an answer that was not read", () => {
    const clock = new VirtualClock();
    heart = new Heartbeat(clock, 1_000);
    const held = peer(false);
    heart.add(held);
    clock.advance(1_000);
    held.isPaused = true;
    clock.advance(30_000);
    expect([held.isGone, held.pings]).toEqual([false, 1]);
    held.isPaused = false;
    clock.advance(1_000);
    expect([held.isGone, held.pings]).toEqual([false, 2]);
    clock.advance(1_000);
    expect(held.isGone).toBe(true);
  });

  it("keeps no timer for nobody", () => {
    const clock = new VirtualClock();
    heart = new Heartbeat(clock, 1_000);
    const one = peer(true);
    heart.add(one);
    heart.remove(one);
    expect(clock.pending).toBe(0);
    heart.add(one);
    clock.advance(1_000);
    expect(one.pings).toBe(1);
  });
});

describe("a byte budget", () => {
  it("stops the reading of a socket when it is spent, for as long as it takes to be there again", () => {
    const clock = new VirtualClock();
    const said: string[] = [];
    const socket = { pause: () => said.push(`pause at ${clock.now()}`), resume: () => said.push(`resume at ${clock.now()}`) };
    const budget = openByteBudget(socket, clock, { burstBytes: 1_000, bytesPerS: 100 });
    budget.spend(1_000);
    clock.advance(1_000);
    budget.spend(100);
    expect(said).toEqual([]);
    budget.spend(50);
    // What was on its way already is counted too, and not waited for twice.
    budget.spend(0);
    clock.advance(5_000);
    expect(said).toEqual(["pause at 1000", "resume at 1500"]);
    clock.advance(60_000);
    budget.spend(1_001);
    budget.close();
    expect(clock.pending).toBe(0);
  });
});

describe("memory after a crowd", () => {
  it("is given back when the crowd has left, in two rounds, and not for a few", () => {
    const clock = new VirtualClock();
    let visits = 0;
    let size = 0;
    let collections = 0;
    const stop = watchCrowd({ clock, visits: () => visits, size: () => size, collect: () => collections++ });
    visits = 1_999;
    clock.advance(20_000);
    expect(collections).toBe(0);
    visits = 20_000;
    size = 20_000;
    clock.advance(20_000);
    // They came, and are here.
    expect(collections).toBe(0);
    size = 3;
    clock.advance(20_000);
    expect(collections).toBe(2);
    clock.advance(60_000);
    expect(collections).toBe(2);
    stop();
    expect(clock.pending).toBe(0);
  });
});

describe("errors that nobody caught", () => {
  it.each([
    [Object.assign(new Error("x"), { code: "ECONNRESET" }), true],
    [Object.assign(new Error("x"), { code: "EPIPE" }), true],
    [Object.assign(new Error("x"), { name: "AbortError" }), false],
    [Object.assign(new Error("x"), { code: "ENOSPC" }), false],
    [new TypeError("x"), false],
    ["text", false],
    [undefined, false],
    [null, false],
  ])("%s may be survived: %s", (error, may) => expect(isSurvivable(error)).toBe(may));
});

describe("when to come back", () => {
  it("[CL5] travels in the reason, fits it, and is bounded", () => {
    expect(retryHintOf(withRetryHint("The server stops", 1_234.5))).toBe(1_235);
    expect(withRetryHint("The server stops", 30_000).length).toBeLessThan(124);
    expect([retryHintOf("; retry in 999999 ms"), retryHintOf("; retry in 0 ms")]).toEqual([30_000, 100]);
    for (const reason of ["", "retry", "; retry in -1 ms", "; retry in 9999999 ms", "; retry in 5 ms."])
      expect(retryHintOf(reason)).toBeNull();
  });
});

describe("the type of a frame", () => {
  const update = Uint8Array.of(1, 2, 3);
  const frames: Frame[] = [
    { type: "sync-step-1", version: update },
    { type: "sync-step-2", update },
    { type: "update", update },
    { type: "awareness", update },
    { type: "query-awareness" },
    { type: "auth", reason: "no" },
    { type: "ack", seq: 300 },
    { type: "epoch", epoch: null },
    { type: "refusal", code: 4403, reason: "no" },
    { type: "heartbeat", nonce: 1, isReply: true },
    { type: "numbered", seq: 300, frame: { type: "update", update } },
    { type: "piece", totalBytes: 300, offset: 0, bytes: update },
  ];
  it.each(frames.map((frame) => [frame.type, frame] as const))("%s is seen by its first bytes", (type, frame) =>
    expect(peekFrameType(encodeFrame(frame))).toBe(type),
  );
});

describe("the meter of a store", () => {
  it("times each update until it is durable, and counts those of one commit together", async () => {
    const seen: string[] = [];
    let now = 0;
    const meter = meterStore(
      { ...SILENT_METRICS, committed: (ms) => seen.push(`${ms} ms`), commitGroup: (n) => seen.push(`${n} together`) },
      () => now,
    );
    const [a, b] = [parseNoteId("a")!, parseNoteId("b")!];
    const appended: string[] = [];
    const store = meter.wrap({
      append: (noteId: string, position: number) => void appended.push(`${noteId}${position}`),
    } as unknown as Store);
    const saved: string[] = [];
    const ignore = (): void => undefined;
    const events = meter.listen({
      onSaved: (noteId, position) => saved.push(`${noteId}${position}`),
      onHalted: ignore,
      onResumed: ignore,
      onDamaged: ignore,
      onBroken: ignore,
    });
    store.append(a, 1, new Uint8Array(1));
    now = 5;
    store.append(a, 2, new Uint8Array(1));
    store.append(b, 1, new Uint8Array(1));
    store.append(a, 3, new Uint8Array(1));
    now = 7;
    events.onSaved(a, 2);
    events.onSaved(b, 1);
    await Promise.resolve();
    expect([seen, saved, appended]).toEqual([
      ["7 ms", "2 ms", "2 ms", "3 together"],
      ["a2", "b1"],
      ["a1", "a2", "b1", "a3"],
    ]);
    events.onSaved(a, 3);
    await Promise.resolve();
    expect(seen.slice(4)).toEqual(["2 ms", "1 together"]);
  });
});

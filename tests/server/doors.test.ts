/** Who is let in: what is decided before a WebSocket exists, and what of the control plane is open to whom. */

import { networkInterfaces } from "node:os";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { rawSocket } from "../support/live-clients.ts";
import { askUpgrade, metricOf, rawConnection, readToEnd, upgradeHead } from "../support/raw-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const TOKEN = "a-token-of-the-owner";
const SAMPLE = "0000000000b";

async function get(server: ServerProcess, path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const socket = await rawConnection(server.port);
  const answer = readToEnd(socket);
  const lines = Object.entries({ Host: server.url, Connection: "close", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return answer;
}

async function metric(server: ServerProcess, name: string, labels = ""): Promise<number> {
  return metricOf((await get(server, "/metrics")).text, name, labels);
}

describe("before the upgrade", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ env: { ALLOWED_ORIGINS: "https://notes.example", RIFTPAD_HOSTS: "pad.example" } });
  });
  afterAll(() => server.stop("SIGKILL"));

  const paths = [
    "/../../etc/passwd",
    "/sync/../../etc/passwd",
    "/sync/./a",
    "/",
    "/sync",
    "/sync/",
    "/sync//a",
    "/sync/%00",
    "/sync/%",
    "/sync/%zz",
    "/sync/%E0%A4%A",
    "/sync/a%2Fb",
    "/%2e%2e/etc/passwd",
    "//",
    `/sync/${"x".repeat(65)}`,
    `/sync/${"x".repeat(6_000)}`,
    `/sync/${"x".repeat(60_000)}`,
    `/sync/a?cap=${"x".repeat(60_000)}`,
  ];
  it.each(paths.map((path) => [path.slice(0, 30), path.length, path]))("400: %s (%i characters)", async (_start, _length, path) => {
    expect((await askUpgrade(server.port, path)).status).toBe(400);
  });

  it("a broken percent-encoding in the query is not ours to judge", async () => {
    expect((await askUpgrade(server.port, "/sync/a?name=%E0%A4%A&x=%")).status).toBe(101);
  });

  it.each([
    ["http://evil.example", 403],
    ["null", 403],
    ["nonsense", 403],
    ["https://notes.example.evil.example", 403],
    ["https://notes.example", 101],
  ])("Origin %s: %i", async (origin, status) => {
    expect((await askUpgrade(server.port, "/sync/a", { Origin: origin })).status).toBe(status);
  });

  it.each([
    ["evil.example", 403],
    ["localhost.evil.example:80", 403],
    ["10.1.2.3", 403],
    ["", 403],
    ["localhost:9999", 101],
    ["[::1]:3000", 101],
    ["pad.example", 101],
  ])("Host %s: %i", async (host, status) => {
    for (const path of ["/sync/a", "/control"]) expect((await askUpgrade(server.port, path, { Host: host })).status).toBe(status);
  });

  it("a page whose name was made to point here passes for nobody, though its Origin and Host agree", async () => {
    const rebound = { Host: `evil.example:${server.port}`, Origin: `http://evil.example:${server.port}` };
    expect((await askUpgrade(server.port, "/sync/a", rebound)).status).toBe(403);
    for (const path of ["/control/replicas", "/metrics", "/access"]) expect((await get(server, path, rebound)).status).toBe(403);
  });

  it("what comes first is answered first: the path, then the Host, then the Origin", async () => {
    const foreign = { Origin: "http://evil.example" };
    expect((await askUpgrade(server.port, "/sync/%00", foreign)).status).toBe(400);
    expect((await askUpgrade(server.port, "/nothing/here", foreign)).status).toBe(404);
  });

  it("each refusal is counted by its reason", async () => {
    const before = await metric(server, "riftpad_refusals_total", '{reason="path"}');
    await askUpgrade(server.port, "/sync/%00");
    expect((await metric(server, "riftpad_refusals_total", '{reason="path"}')) - before).toBe(1);
    expect(await metric(server, "riftpad_refusals_total", '{reason="origin"}')).toBeGreaterThan(0);
    expect(await metric(server, "riftpad_refusals_total", '{reason="host"}')).toBeGreaterThan(0);
  });

  it.each(["GET /healthz HTTP/9\r\n\r\n", "nonsense\r\n\r\n", "GET /healthz HTTP/1.1\r\nA b: c\r\n\r\n"])(
    "a head that cannot be read: 400 (%j)",
    async (head) => {
      const socket = await rawConnection(server.port);
      const answer = readToEnd(socket);
      socket.write(head);
      expect((await answer).status).toBe(400);
    },
  );

  it("is well after all of this", async () => {
    expect((await get(server, "/healthz")).status).toBe(200);
  });
});

describe("caps of connections", () => {
  it("429 beyond what one address may have open, and in again when one has left", async () => {
    const server = await startServer({ env: { RIFTPAD_LOOPBACK_CONNECTIONS_MAX: "3" } });
    const sockets = await Promise.all(["a", "b", "c"].map((note) => rawSocket(`ws://${server.url}/sync/${note}`)));
    expect((await askUpgrade(server.port, "/sync/d")).status).toBe(429);
    expect((await askUpgrade(server.port, "/control")).status).toBe(429);
    sockets[0]!.socket.close();
    await sockets[0]!.closed;
    const { socket } = await rawSocket(`ws://${server.url}/sync/d`);
    socket.terminate();
    expect(await metric(server, "riftpad_refusals_total", '{reason="address-connections"}')).toBe(2);
    await server.stop("SIGKILL");
  });

  it("429 with Retry-After beyond what one address may ask for in ten seconds", async () => {
    const server = await startServer({ env: { RIFTPAD_LOOPBACK_CONNECTS_MAX: "5" } });
    const statuses: number[] = [];
    let last = "";
    for (let n = 0; n < 7; n++) {
      const { status, text } = await askUpgrade(server.port, "/sync/a");
      statuses.push(status);
      last = text;
    }
    expect(statuses).toEqual([101, 101, 101, 101, 101, 429, 429]);
    expect(last).toMatch(/\r\nRetry-After: \d+\r\n/);
    expect(await metric(server, "riftpad_rate_limiter_hits_total")).toBe(2);
    await server.stop("SIGKILL");
  });

  it("hangs up on connections that ask for nothing, beyond what one address needs", async () => {
    const server = await startServer({ env: { RIFTPAD_LOOPBACK_CONNECTIONS_MAX: "3", RIFTPAD_HEAD_MS_MAX: "60000" } });
    const idle = await Promise.all(Array.from({ length: 210 }, () => rawConnection(server.port)));
    let ended = 0;
    for (const socket of idle) void readToEnd(socket).then(() => ended++);
    await expect.poll(() => ended).toBe(7);
    for (const socket of idle) socket.destroy();
    await expect.poll(() => ended).toBe(210);
    expect(await metric(server, "riftpad_refusals_total", '{reason="address-connections"}')).toBe(7);
    await server.stop("SIGKILL");
  });

  it("503 beyond what the server may have open", async () => {
    const server = await startServer({ env: { RIFTPAD_CONNECTIONS_MAX: "2" } });
    await Promise.all(["a", "b"].map((note) => rawSocket(`ws://${server.url}/sync/${note}`)));
    expect((await askUpgrade(server.port, "/sync/c")).status).toBe(503);
    await server.stop("SIGKILL");
  });

  it("1013 beyond the clients of one note, and beyond the notes in memory; neither touches who is in", async () => {
    const server = await startServer({ env: { RIFTPAD_ROOM_CLIENTS_MAX: "2", RIFTPAD_ROOMS_MAX: "3" } });
    const here = await Promise.all(["a", "a"].map((note) => rawSocket(`ws://${server.url}/sync/${note}?replica=${SAMPLE}`)));
    // The list of notes and the tutorial are two, this is the third.
    const third = await rawSocket(`ws://${server.url}/sync/a?replica=${SAMPLE}`);
    expect((await third.closed).code).toBe(1013);
    const other = await rawSocket(`ws://${server.url}/sync/b?replica=${SAMPLE}`);
    expect((await other.closed).code).toBe(1013);
    expect(here.map(({ socket }) => socket.readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    expect(await metric(server, "riftpad_refusals_total", '{reason="room-clients"}')).toBe(1);
    expect(await metric(server, "riftpad_refusals_total", '{reason="rooms"}')).toBe(1);
    await server.stop("SIGKILL");
  });

  it("lets 5,000 quick connections of one machine in by default", async () => {
    const server = await startServer();
    const open: WebSocket[] = [];
    let refused = 0;
    for (let batch = 0; batch < 50; batch++) {
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const socket = new WebSocket(`ws://${server.url}/control`, { perMessageDeflate: false });
          await new Promise<void>((resolve) => {
            socket.once("open", () => resolve());
            socket.once("error", () => {
              refused++;
              resolve();
            });
          });
          open.push(socket);
        }),
      );
    }
    expect([open.length, refused]).toEqual([5_000, 0]);
    expect(await metric(server, "riftpad_connections", '{kind="control"}')).toBe(5_000);
    for (const socket of open) socket.terminate();
    await server.stop("SIGKILL");
  });
});

describe("slow and dead peers", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ env: { RIFTPAD_HEAD_MS_MAX: "300", RIFTPAD_REQUEST_MS_MAX: "600", RIFTPAD_PING_MS: "400" } });
  });
  afterAll(() => server.stop("SIGKILL"));

  it.each(["", "GET /sync/a HT", "GET /sync/a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nX-Slow: "])(
    "half a request is hung up on: %j",
    async (half) => {
      const socket = await rawConnection(server.port);
      const answer = readToEnd(socket);
      socket.write(half);
      expect([0, 408]).toContain((await answer).status);
    },
  );

  it("a body that never ends is hung up on", async () => {
    const socket = await rawConnection(server.port);
    const answer = readToEnd(socket);
    socket.write(`POST /access/links HTTP/1.1\r\nHost: ${server.url}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`);
    expect((await answer).status).toBe(408);
  });

  it("[HB3] a peer that answers no ping is gone within two heartbeats, and one that does stays", async () => {
    const alive = await rawSocket(`ws://${server.url}/sync/a?replica=${SAMPLE}`);
    const dead = connect(server.port, "127.0.0.1");
    const ended = readToEnd(dead);
    const fromMs = Date.now();
    dead.write(upgradeHead(server.port, "/control"));
    expect((await ended).status).toBe(101);
    expect(Date.now() - fromMs).toBeGreaterThanOrEqual(400);
    expect(alive.socket.readyState).toBe(WebSocket.OPEN);
    alive.socket.terminate();
  });
});

describe("what is the owner's", () => {
  it("on a local host it is open; a body must be JSON, and other sites may not ask", async () => {
    const server = await startServer();
    for (const path of ["/control/replicas", "/metrics", "/access/links"]) {
      expect((await get(server, path)).status, path).toBe(200);
      expect((await get(server, path, { Origin: "http://evil.example" })).status, path).toBe(403);
    }
    for (const [method, path] of [
      ["POST", "/control/heal"],
      ["PUT", `/control/links/${SAMPLE}`],
      ["POST", "/access/links"],
      ["POST", "/access/notes"],
    ] as const) {
      const answer = await fetch(`http://${server.url}${path}`, { method, headers: { "content-type": "text/plain" }, body: "{}" });
      expect(answer.status, path).toBe(415);
    }
    await server.stop("SIGKILL");
  });

  it("a proxy in front is not the local host", async () => {
    const server = await startServer({ env: { RIFTPAD_TOKEN: TOKEN } });
    expect((await get(server, "/control/replicas", { "X-Forwarded-For": "203.0.113.9" })).status).toBe(401);
    await server.stop("SIGKILL");
  });

  it("on another host it needs the token, over HTTP and for faults over a socket", async () => {
    const server = await startServer({ env: { HOST: "0.0.0.0", RIFTPAD_TOKEN: TOKEN } });
    for (const path of ["/control/replicas", "/metrics", "/access/links", "/control/journal/welcome"]) {
      expect((await get(server, path)).status, path).toBe(401);
      expect((await get(server, path, { Authorization: "Bearer not-the-token-of-anybody" })).status, path).toBe(401);
      expect((await get(server, path, { Authorization: `Bearer ${TOKEN}` })).status, path).toBe(200);
    }
    const hello = { type: "hello", replicaId: SAMPLE, noteId: "welcome", strategy: "walker", name: null };
    const talk = async (capability: string | undefined): Promise<string[]> => {
      const { socket, frames } = await rawSocket(`ws://${server.url}/control`);
      socket.send(JSON.stringify({ ...hello, capability }));
      socket.send(JSON.stringify({ type: "heal" }));
      // The answer to an error of the reader's own marks the end of what was said before.
      socket.send("{");
      await new Promise<void>((resolve) => {
        socket.on("message", (data: Buffer) => data.toString().includes("Expected JSON") && resolve());
      });
      socket.terminate();
      return frames.map((frame) => Buffer.from(frame).toString());
    };
    const guest = await talk(undefined);
    expect(guest.find((text) => text.includes("welcome"))).toContain('"mayBreak":false');
    expect(guest.join()).toContain("Faults are the owner's to set");
    const owner = await talk(TOKEN);
    expect(owner.find((text) => text.includes("welcome"))).toContain('"mayBreak":true');
    expect(owner.join()).not.toContain("Faults are the owner's to set");
    await server.stop("SIGKILL");
  });

  it("a token that nobody gave is made, printed, and the same after a restart", async () => {
    const env = { HOST: "0.0.0.0" };
    const tokenIn = (text: string): string => /\?cap=(\S+)/.exec(text)?.[1] ?? "";
    const printed = (server: ServerProcess): Promise<string> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (tokenIn(server.output()) !== "") resolve(tokenIn(server.output()));
        };
        server.child.stdout?.on("data", look);
        look();
      });
    const server = await startServer({ env });
    const token = await printed(server);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect((await get(server, "/metrics", { Authorization: `Bearer ${token}` })).status).toBe(200);
    await server.stop("SIGKILL");
    const again = await startServer({ env, folder: server.folder });
    expect(await printed(again)).toBe(token);
    await again.stop("SIGKILL");
  });

  it("another host is known by its addresses, and by the names in RIFTPAD_HOSTS", async () => {
    const server = await startServer({ env: { HOST: "0.0.0.0", RIFTPAD_HOSTS: "pad.example" } });
    const own = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === "IPv4" && !each.internal)?.address;
    for (const [host, status] of [
      ["pad.example", 101],
      [`${own ?? "192.0.2.7"}:${server.port}`, 101],
      ["evil.example", 403],
    ] as const)
      expect((await askUpgrade(server.port, "/sync/a", { Host: host })).status, host).toBe(status);
    await server.stop("SIGKILL");
  });

  it("RIFTPAD_FAULTS=off: 403 with a sentence, over HTTP and over a socket", async () => {
    const server = await startServer({ env: { RIFTPAD_FAULTS: "off" } });
    for (const [method, path] of [
      ["PUT", `/control/links/${SAMPLE}`],
      ["POST", "/control/heal"],
    ] as const) {
      const answer = await fetch(`http://${server.url}${path}`, { method, headers: { "content-type": "application/json" }, body: "{}" });
      expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
        403,
        "Faults are switched off on this server (RIFTPAD_FAULTS=off)",
      ]);
    }
    const { socket, frames } = await rawSocket(`ws://${server.url}/control`);
    const answered = new Promise<void>((resolve) => socket.once("message", () => resolve()));
    socket.send(JSON.stringify({ type: "set-links", replicaId: SAMPLE, up: { cut: "reset" } }));
    await answered;
    expect(Buffer.from(frames[0]!).toString()).toContain("switched off");
    expect(await (await fetch(`http://${server.url}/access`)).json()).toMatchObject({ hasFaults: false, mode: "open", mayShare: true });
    await server.stop("SIGKILL");
  });

  it.each([
    [{ RIFTPAD_TOKEN: "short" }, "RIFTPAD_TOKEN"],
    [{ RIFTPAD_ACCESS: "closed" }, "RIFTPAD_ACCESS is closed: expected open or links"],
    [{ RIFTPAD_ROOMS_MAX: "many" }, "RIFTPAD_ROOMS_MAX is many"],
    [{ ALLOWED_ORIGINS: "notes.example" }, "ALLOWED_ORIGINS"],
  ])("a setting that cannot be used is one line: %j", async (env, words) => {
    await expect(startServer({ env: env as unknown as Record<string, string> })).rejects.toThrow(words);
  });
});

describe("leaving", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop("SIGKILL"));

  /** How many connections the server counts in all, once that is `wanted`. */
  async function countsDownTo(wanted: number): Promise<void> {
    while ((await metric(server, "riftpad_connections", '{kind="stock"}')) > wanted);
  }

  it("of 200 who say goodbye in one moment each is answered with its own code, in as many turns as it takes", async () => {
    const peers = await Promise.all(Array.from({ length: 200 }, (_, n) => rawSocket(`ws://${server.url}/sync/leaving-${n % 3}`)));
    for (const [n, { socket }] of peers.entries()) socket.close(4_000 + n, "bye");
    expect(await Promise.all(peers.map(({ closed }) => closed))).toEqual(peers.map((_, n) => ({ code: 4_000 + n, reason: "bye" })));
    await countsDownTo(0);
  });

  it("200 who hang up without a word are let go, and those who stay are served", async () => {
    const stays = await rawSocket(`ws://${server.url}/sync/leaving-0`);
    const peers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const socket = await rawConnection(server.port);
        socket.write(upgradeHead(server.port, `/sync/leaving-${n % 3}`));
        await new Promise((resolve) => socket.once("data", resolve));
        return socket;
      }),
    );
    const ended = peers.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of peers) socket.end();
    await Promise.all(ended);
    await countsDownTo(1);
    const before = stays.frames.length;
    stays.socket.send(Uint8Array.of(0, 0, 1, 0));
    while (stays.frames.length === before) await new Promise((resolve) => stays.socket.once("message", resolve));
    stays.socket.terminate();
  });
});

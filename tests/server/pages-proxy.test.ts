/** What stands between a browser and the pages' process, with a process of the test's own in its place. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forward, tunnel } from "../../server/http/pages-proxy.ts";
import { askUpgrade, rawConnection, readToEnd, upgradeHead } from "../support/raw-http.ts";

let folder: string;
let pages: Server;
let front: Server;
let port: number;
let answer: RequestListener;
let connections: number;
let unreachable: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "riftpad-test-"));
  const to = { socketPath: join(folder, "pages"), agent: new Agent({ keepAlive: true }), onUnreachable: () => unreachable++ };
  connections = 0;
  unreachable = 0;
  pages = createServer({ keepAliveTimeout: 0, requireHostHeader: false }, (request, response) => answer(request, response));
  pages.on("connection", () => connections++);
  front = createServer((request, response) => {
    response.setHeader("x-frame", "front");
    response.setHeader("vary", "front");
    forward(request, response, to);
  });
  front.on("upgrade", (request, socket, head) => tunnel(request, socket, head, to));
  pages.listen(to.socketPath);
  front.listen(0, "127.0.0.1");
  await Promise.all([pages, front].map((each) => once(each, "listening")));
  ({ port } = front.address() as AddressInfo);
});

afterEach(() => {
  for (const each of [front, pages]) {
    each.close();
    each.closeAllConnections();
  }
  rmSync(folder, { recursive: true, force: true });
});

async function bodyOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Sends `text` as it is, and reads until the connection ends. */
async function say(text: string): Promise<{ status: number; text: string }> {
  const socket = await rawConnection(port);
  const read = readToEnd(socket);
  socket.write(text);
  return read;
}

describe("one request", () => {
  it("goes on as it came, and its answer comes back as it was given, but for what one connection says to its other end", async () => {
    let seen: { line: string; headers: IncomingHttpHeaders; body: string } | null = null;
    answer = async (request, response) => {
      seen = { line: `${request.method} ${request.url}`, headers: request.headers, body: await bodyOf(request) };
      response.writeHead(418, "Tea", { "set-cookie": ["a=1", "b=2"], vary: "pages", "keep-alive": "timeout=99", "content-length": "3" });
      response.end("tea");
    };
    const { text } = await say(
      "PUT /a%2Fb/../c?x=%zz HTTP/1.1\r\nHost: pad.example:99\r\nConnection: close, content-length\r\nContent-Length: 4\r\nX-Own: 1\r\nTE: trailers\r\nProxy-Authorization: secret\r\n\r\nbody",
    );
    expect(seen).toEqual({
      line: "PUT /a%2Fb/../c?x=%zz",
      headers: { host: "pad.example:99", "content-length": "4", "x-own": "1", connection: "keep-alive" },
      body: "body",
    });
    const [head = "", body] = text.split("\r\n\r\n");
    expect(head.split("\r\n").filter((line) => !line.startsWith("date:"))).toEqual([
      "HTTP/1.1 418 Tea",
      "x-frame: front",
      "vary: pages",
      "set-cookie: a=1",
      "set-cookie: b=2",
      "content-length: 3",
      "Connection: close",
    ]);
    expect(body).toBe("tea");
  });

  it("may have a body whatever its method, which never passes for another request", async () => {
    const seen: string[] = [];
    answer = async (request, response) => {
      seen.push(`${request.method} ${request.url} ${await bodyOf(request)}`);
      response.end();
    };
    const smuggled = "GET /hidden HTTP/1.1\r\n\r\n";
    const chunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
    const close = "Host: x\r\nConnection: close, transfer-encoding\r\n";
    for (const head of ["GET /1", "DELETE /2"]) await say(`${head} HTTP/1.1\r\n${close}Transfer-Encoding: chunked\r\n\r\n${chunk}`);
    expect((await say(`HEAD /3 HTTP/1.1\r\n${close}\r\n`)).status).toBe(200);
    expect(seen).toEqual([`GET /1 ${smuggled}`, `DELETE /2 ${smuggled}`, "HEAD /3 "]);
    // All went over this one.
    expect(connections).toBe(1);
  });

  it("without a host is one", async () => {
    answer = ({ headers }, response) => response.end(String(headers.host));
    expect((await say("GET / HTTP/1.0\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 200 [^]*undefined$/);
  });
});

describe("whoever hangs up", () => {
  it("a browser before it has its answer: the pages are told", async () => {
    const asked = new Promise<void>((resolve) => {
      answer = (request, response) => {
        response.once("close", () => resolve());
        socket.destroy();
      };
    });
    const socket = await rawConnection(port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await asked;
  });

  it("a browser in the middle of what it sends: the pages are told", async () => {
    const told = new Promise<unknown>((resolve) => {
      answer = (request) => {
        request.once("data", () => socket.destroy());
        request.once("error", resolve);
      };
    });
    const socket = await rawConnection(port);
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
    expect(await told).toMatchObject({ code: "ECONNRESET" });
  });

  it("the pages in the middle of an answer: what came of it does not pass for the whole", async () => {
    answer = (request, response) => {
      response.write("half", () => response.destroy());
    };
    const { status, text } = await say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(status).toBe(200);
    expect(text).toContain("half");
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  it("the pages before they answer: 503 and when to come back, on a connection that goes on", async () => {
    answer = ({ socket }) => socket.destroy();
    const lost = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const { text } = await say(`${lost}${lost.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")}`);
    expect(text.match(/HTTP\/1\.1 503 Service Unavailable\r\nx-frame: front\r\nvary: front\r\nretry-after: 1\r\n/g)).toHaveLength(2);
  });

  it("the pages for good, as nobody finds their socket any more: that is said, so that it can be mended", async () => {
    answer = (_, response) => response.end("found");
    const ask = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    rmSync(folder, { recursive: true });
    expect([(await say(ask)).status, unreachable]).toEqual([503, 1]);
    expect([(await askUpgrade(port, "/any")).status, unreachable]).toEqual([0, 2]);
  });

  it("the pages while a body comes: 503, and the rest of it passes for nothing", async () => {
    answer = ({ socket }) => socket.destroy();
    const { text } = await say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n");
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 503"]);
    expect(text).toContain("connection: close");
  });
});

it("a browser that does not read makes the pages wait", async () => {
  const WHOLE_BYTES = 64 * 2 ** 20;
  let sentBytes = 0;
  answer = async ({ url }, response) => {
    if (url !== "/large") return void response.end("small");
    for (; sentBytes < WHOLE_BYTES; sentBytes += 65_536) if (!response.write(Buffer.alloc(65_536))) await once(response, "drain");
    response.end();
  };
  const socket = await rawConnection(port);
  socket.write("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await once(socket, "readable");
  // Until nothing more of it comes while others are answered.
  for (let quiet = 0, last = -1; quiet < 20; quiet = sentBytes === last ? quiet + 1 : 0) {
    last = sentBytes;
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("small");
  }
  expect(sentBytes).toBeLessThan(WHOLE_BYTES / 2);
  let readBytes = 0;
  socket.on("data", (chunk) => (readBytes += chunk.length));
  await once(socket, "end");
  expect(readBytes).toBeGreaterThan(WHOLE_BYTES);
});

describe("an upgrade", () => {
  it("becomes one connection, whatever passes, and ends with either end", async () => {
    pages.on("upgrade", (request, socket, head) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Key: ${request.headers["sec-websocket-key"]}\r\n\r\n`,
      );
      socket.write(`${request.url} ${head.toString()}`);
      socket.on("data", (chunk: Buffer) => (chunk.toString() === "end" ? socket.destroy() : socket.write(`<${chunk.toString()}>`)));
    });
    const socket = await rawConnection(port);
    socket.write(`${upgradeHead(port, "/_next/hmr?id=1")}early`);
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => (text += chunk));
    while (!text.includes("early")) await once(socket, "data");
    expect(text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: websocket\r\n[^]*X-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n/);
    expect(text).toMatch(/\r\n\r\n\/_next\/hmr\?id=1 /);
    socket.write("late");
    while (!text.includes("<late>")) await once(socket, "data");
    socket.write("end");
    await once(socket, "close");
  });

  it("that the pages do not grant is none, and opens no way past the front", async () => {
    answer = (request, response) => response.writeHead(404).end("none");
    const { text } = await say(`${upgradeHead(port, "/none")}GET / HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(text).toBe("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
});

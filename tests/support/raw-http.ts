/** HTTP written by hand, for requests that no client library would send. */

import { connect, type Socket } from "node:net";

export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

export function rawConnection(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Everything that comes until the other side hangs up. */
export function readToEnd(socket: Socket): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => (text += chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text }));
  });
}

/** The head of an upgrade to `path`, which goes out as it is. */
export function upgradeHead(port: number, path: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    Host: `127.0.0.1:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  return `GET ${path} HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
}

/** Asks for an upgrade; resolves with 101 as soon as it is granted (and hangs up), else when the server hangs up. */
export async function askUpgrade(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const socket = await rawConnection(port);
  const answer = readToEnd(socket);
  socket.once("data", (chunk: string) => {
    if (chunk.startsWith("HTTP/1.1 101")) socket.destroy();
  });
  socket.write(upgradeHead(port, path, headers));
  return answer;
}

/** The value of a metric with these labels, as /metrics has it; 0 when it is not there. */
export function metricOf(text: string, name: string, labels = ""): number {
  const line = text.split("\n").find((each) => each.startsWith(`${name}${labels} `));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" ")));
}

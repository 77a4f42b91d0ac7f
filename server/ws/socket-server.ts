/**
 * Upgrades: decides what a WebSocket request is for, and whether it may come in, before there is a WebSocket. What a
 * browser must be told by a close code (it never sees an HTTP status) is decided right after the handshake, and before
 * any work for a room.
 */

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type NoteId, parseNoteId, parseReplicaId } from "../../crdt/base/ids.ts";
import type { Closed } from "../../crdt/network/transport.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import { CLOSE, withRetryHint } from "../../crdt/sync/close-codes.ts";
import { SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { SOCKET_FRAGMENTS_MAX, SOCKET_MESSAGE_BYTES_MAX } from "../../crdt/sync/limits.ts";
import type { Access, Grant } from "../access/access.ts";
import type { Limits } from "../config.ts";
import type { HostGuard } from "../http/host-guard.ts";
import { FAULTS_OFF, type Permits } from "../http/permits.ts";
import { isPlainPath, readTarget, type RequestTarget } from "../http/request-target.ts";
import type { Metrics, Refusal, SocketKind } from "../metrics/metrics.ts";
import { Admission } from "./admission.ts";
import { type ControlPermit, serveControl } from "./control-socket.ts";
import { openDoor } from "./door.ts";
import { Heartbeat } from "./heartbeat.ts";
import { answeringIn, Endings } from "./leaving.ts";
import { serveSync, type SyncDependencies } from "./sync-socket.ts";
import { Turns } from "./turns.ts";
import { hearOut } from "./ws-transport.ts";

const CONTROL_BYTES_MAX = 2 * 1024 * 1024;
/** Handshakes in one turn of the event loop: each takes about 0.2 ms, and a thousand may ask at once. */
const UPGRADES_PER_TURN = 20;
/** Connections that are answered, or let go, in one turn. */
const LEAVING_PER_TURN = 50;
/** How long a peer may take to answer a goodbye. */
const GOODBYE_MS = 500;
/** When nobody is many, peers come back within a second; a thousand take ten. */
const RETRY_MS_MIN = 500;
const RETRY_SPREAD_MS_MIN = 500;
const RETRY_SPREAD_MS_MAX = 10_000;
const RETRY_SPREAD_MS_EACH = 10;

export interface SocketServer {
  /** WebSockets that are open, and those that ever were. */
  count(): number;
  visits(): number;
  /** Bytes accepted for peers that have not taken them yet. */
  outboxBytes(): number;
  /** From now on every upgrade is answered with 503. */
  stopAccepting(): void;
  /** Ends every connection with 1012, each with another time to come back at; resolves when all are gone. */
  drain(reason: string): Promise<void>;
  /** Ends every connection without a goodbye. */
  terminate(): void;
}

export interface SocketServerOptions {
  readonly sync: SyncDependencies;
  readonly access: Access;
  readonly guard: HostGuard;
  readonly permits: Permits;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly hasFaults: boolean;
  /** Where upgrades go that are none of ours; null: they are refused. */
  readonly others: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | null;
}

/** Serves /sync/<noteId> and /control on `http`. */
export function serveSockets(http: Server, options: SocketServerOptions): SocketServer {
  const { access, guard, metrics, limits } = options;
  const { fleet, clock, log } = options.sync;
  const leaving = new Turns(LEAVING_PER_TURN, (task) => void setImmediate(task));
  const endings = new Endings(leaving);
  const common = { noServer: true, perMessageDeflate: false, WebSocket: answeringIn(leaving) } as const;
  const sync = new WebSocketServer({
    ...common,
    // The session closes what is a little too large with a code that tells a client not to come back.
    maxPayload: SOCKET_MESSAGE_BYTES_MAX,
    maxFragments: SOCKET_FRAGMENTS_MAX,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  const control = new WebSocketServer({ ...common, maxPayload: CONTROL_BYTES_MAX });
  const admission = new Admission(limits);
  const heartbeat = new Heartbeat(clock, limits.pingMs);
  const arrivals = new Turns(UPGRADES_PER_TURN, (task) => void setImmediate(task));
  /** Connections by note, those included whose room is not open yet. */
  const clients = new Map<NoteId, number>();
  let visits = 0;
  let isDraining = false;

  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", destroyed);
    arrivals.take(() => {
      upgrade(request, socket, head).catch((error: unknown) => {
        log.error({ err: error }, "An upgrade failed");
        socket.destroy();
      });
    });
  });

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const address = request.socket.remoteAddress ?? "";
    const refuse = (status: number, refusal: Refusal, reason: string, retryAfterS: number | null = null): void => {
      metrics.refused(refusal);
      log.info({ address, status, refusal }, "refused");
      answer(socket, status, reason, retryAfterS);
    };
    const target = readTarget(request.url);
    if (target === null || !isPlainPath(target.path)) return refuse(400, "path", "No address of this server");
    const isControl = target.path === "/control";
    const noteId = isControl ? null : noteIdOf(target.path);
    if (!isControl && noteId === undefined) {
      if (options.others === null) answer(socket, 404, "No socket at this address", null);
      else options.others(request, socket, head);
      return;
    }
    if (!isControl && noteId === null) return refuse(400, "path", "No note id: expected /sync/ and 1 to 64 of A-Z a-z 0-9 _ -");
    if (!guard.isKnownHost(request)) return refuse(403, "host", "Not a name of this server; see RIFTPAD_HOSTS");
    if (!guard.isKnownOrigin(request)) return refuse(403, "origin", "Another site may not connect; see ALLOWED_ORIGINS");
    if (isDraining) return refuse(503, "draining", "The server stops", 1);
    const { leave, rejection } = await admission.enter(address);
    if (rejection !== null) return refuse(rejection.status, rejection.refusal, rejection.reason, rejection.retryAfterS);
    if (socket.destroyed) return leave();
    socket.on("close", leave);
    if (isControl) control.handleUpgrade(request, socket, head, (ws) => openControl(ws, request, address));
    else sync.handleUpgrade(request, socket, head, (ws) => openSync(ws, noteId as NoteId, target, address));
  }

  function openControl(ws: WebSocket, request: IncomingMessage, address: string): void {
    keep(ws, "control", { address });
    const permit: ControlPermit = {
      decide: (noteId, capability) => access.decide(noteId, capability),
      hold: (grant, end) => access.hold(grant, end),
      refusalToBreak(capability) {
        if (!options.hasFaults) return FAULTS_OFF;
        return options.permits.mayControl(request, capability) ? null : "Faults are the owner's to set on this server";
      },
      onRefused: (closed) => noteRefusal(refusalOf(closed), closed, address),
      end: (closed) => endSoon(ws, closed),
    };
    serveControl(ws, options.sync.plane, permit, clock);
  }

  function openSync(ws: WebSocket, noteId: NoteId, { query }: RequestTarget, address: string): void {
    const kind = ws.protocol === SUBPROTOCOL ? "tab" : "stock";
    const line: Record<string, unknown> = { address, noteId };
    keep(ws, kind, line);
    const turnAway = (refusal: Refusal, closed: Closed): void => {
      noteRefusal(refusal, closed, address);
      endSoon(ws, closed);
    };
    const { grant, refusal } = access.decide(noteId, query.get("cap") || null);
    if (grant === null) return turnAway(refusalOf(refusal), refusal);
    const asked = query.get("node") ?? "";
    const node = asked === "" ? null : fleet.parse(asked);
    if (asked !== "" && node === null) {
      const reason = `No server ${asked.slice(0, 20)} here: there ${fleet.isSeveral ? `are ${fleet.ids.join(", ")}` : "is S1"}`;
      return turnAway("node", { code: CLOSE.unknownNode, reason: reason.replace(/[^ -~]/g, "?") });
    }
    const { hub } = fleet.primary;
    const here = clients.get(noteId) ?? 0;
    if (here >= limits.roomClientsMax)
      return turnAway("room-clients", { code: CLOSE.tryLater, reason: `${limits.roomClientsMax} connections are in this note already` });
    if (here === 0 && hub.find(noteId) === null && Math.max(hub.size, clients.size) >= limits.roomsMax)
      return turnAway("rooms", { code: CLOSE.tryLater, reason: `${limits.roomsMax} notes are open already` });
    clients.set(noteId, here + 1);
    let isRefused = false;
    const door = openDoor({
      grant,
      access,
      metrics,
      clock,
      noteBytes: () => (fleet.node(node ?? fleet.ids[0]!) ?? fleet.primary).hub.bytesOf(noteId),
      noteBytesMax: limits.noteBytesMax,
      onRefused(why, closed) {
        // Once: what comes before the goodbye has arrived is refused as well, and no news.
        if (isRefused) return;
        isRefused = true;
        turnAway(why, closed);
      },
    });
    line.counts = door.counts;
    const release = holdOpen(ws, grant);
    ws.on("close", () => {
      release();
      const left = (clients.get(noteId) ?? 1) - 1;
      if (left > 0) clients.set(noteId, left);
      else clients.delete(noteId);
    });
    const strategy = query.get("strategy") ?? "";
    const replicaId = parseReplicaId(query.get("replica") ?? "");
    const wanted = isStrategyName(strategy) ? strategy : null;
    serveSync(ws, { noteId, kind, replicaId, node, strategy: wanted, name: query.get("name"), door }, options.sync);
  }

  /** Ends the connection when its link does. */
  function holdOpen(ws: WebSocket, grant: Grant): () => void {
    return access.hold(grant, (closed) => endSoon(ws, closed));
  }

  /** Says goodbye, and waits for the answer only so long. */
  function endSoon(ws: WebSocket, { code, reason }: Closed): void {
    hearOut(ws);
    ws.close(code, reason);
    const cancel = clock.setTimer(GOODBYE_MS, () => ws.terminate());
    ws.on("close", cancel);
  }

  /** What every socket has ("close" comes once, and what `once` keeps for that is half a KB): an ear for errors, a pulse, a count, and a line in the log when it ends. */
  function keep(ws: WebSocket, kind: SocketKind, line: Readonly<Record<string, unknown>>): void {
    const openedAtMs = clock.now();
    visits++;
    metrics.opened(kind);
    heartbeat.add(ws);
    ws.on("pong", () => heartbeat.heard(ws));
    endings.watch(ws);
    // "close" follows, with the code.
    ws.on("error", () => hearOut(ws));
    ws.on("close", (code) => {
      heartbeat.remove(ws);
      metrics.closed(kind, code);
      log.info({ kind, ...line, code, openMs: clock.now() - openedAtMs }, "connection");
    });
  }

  function noteRefusal(refusal: Refusal, { code, reason }: Closed, address: string): void {
    metrics.refused(refusal);
    log.info({ address, code, refusal, reason }, "refused");
  }

  const everySocket = (): WebSocket[] => [...control.clients, ...sync.clients];
  return {
    visits: () => visits,
    count: () => control.clients.size + sync.clients.size,
    outboxBytes: () => everySocket().reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0),
    stopAccepting: () => void (isDraining = true),
    async drain(reason) {
      isDraining = true;
      heartbeat.close();
      const sockets = everySocket();
      const spreadMs = Math.min(RETRY_SPREAD_MS_MAX, Math.max(RETRY_SPREAD_MS_MIN, sockets.length * RETRY_SPREAD_MS_EACH));
      const gone = sockets.map((ws) => new Promise<void>((resolve) => ws.once("close", () => resolve())));
      for (const [n, ws] of sockets.entries())
        endSoon(ws, { code: CLOSE.restarting, reason: withRetryHint(reason, RETRY_MS_MIN + (spreadMs * n) / sockets.length) });
      await Promise.all(gone);
    },
    terminate() {
      isDraining = true;
      heartbeat.close();
      for (const ws of everySocket()) ws.terminate();
    },
  };
}

/** By itself, so that it does not keep the request in memory for as long as the socket lives. */
function destroyed(this: Duplex): void {
  this.destroy();
}

/** The note of /sync/<noteId>; null where its id is none, undefined where the path is another's. */
function noteIdOf(path: string): NoteId | null | undefined {
  if (path !== "/sync" && !path.startsWith("/sync/")) return path === "/" ? null : undefined;
  return parseNoteId(path.slice("/sync/".length));
}

function refusalOf({ code }: Closed): Refusal {
  return code === CLOSE.unauthorised ? "unauthorised" : "forbidden";
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

/** Answers an upgrade with a plain HTTP error, and does not wait for the other side to hang up. */
function answer(socket: Duplex, status: number, reason: string, retryAfterS: number | null): void {
  const body = `${reason}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_TEXT[status]}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterS === null ? [] : [`Retry-After: ${retryAfterS}`]),
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
  socket.once("close", () => clearTimeout(timer));
}

/** One Riftpad node: store, rooms, control plane, sockets and pages on one port. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CATALOG_NOTE_ID, mintReplicaId } from "../crdt/base/ids.ts";
import { FaultBoard } from "../crdt/network/fault-board.ts";
import { STOCK_STRATEGY_NAME } from "../crdt/strategy/registry.ts";
import { CLOSE } from "../crdt/sync/close-codes.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config.ts";
import { ControlPlane } from "./faults/control-plane.ts";
import { Identities } from "./faults/identities.ts";
import { NoteJournals } from "./faults/note-journals.ts";
import { handleControl, sendJson } from "./http/control-http.ts";
import { openWeb, type Web } from "./http/web.ts";
import type { Logger } from "./log.ts";
import { openCompactor } from "./rooms/compactor.ts";
import { type OpenRoom, RoomHub } from "./rooms/room-hub.ts";
import { seedTutorial } from "./rooms/tutorial.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";
import type { Store } from "./store/store.ts";
import { randomPrng, systemClock } from "./system-clock.ts";
import { serveSockets } from "./ws/socket-server.ts";

export interface RunningNode {
  readonly port: number;
  /** Saves what has come in, says goodbye, and lets go of everything. */
  close(): Promise<void>;
}

/** Rejects with ConfigError when the port or the data folder cannot be used. */
export async function startNode(config: Config, log: Logger): Promise<RunningNode> {
  const clock = systemClock;
  const prng = randomPrng();
  const nodeReplica = mintReplicaId(prng);
  const journals = new NoteJournals();
  const board = new FaultBoard({ clock });
  const store = await openStore(config, {
    onSaved: (noteId, position) => hub.onSaved(noteId, position),
    onBroken: (error) => {
      log.error({ err: error }, "The store failed: nothing more can be saved. Check the disk, then start again");
      hub?.close(CLOSE.tryLater, "The server cannot save");
    },
  });
  const compactor = openCompactor();
  const hub = new RoomHub({
    store,
    compactor,
    defer: (task) => void setImmediate(task),
    onProblem: (noteId, what, error) => log.error({ err: error, noteId }, what),
    clock,
    prng: prng.stream("rooms"),
    tracer: journals,
    nodeReplica,
    onMerged: (open) => {
      listStockNote(open);
      plane.onMerged(open);
    },
    onLosses: (open, losses) => plane.onLosses(open, losses),
  });
  await hub.open(CATALOG_NOTE_ID);
  const plane = new ControlPlane({ clock, board, store, journals, identities: new Identities(await store.names()), nodeReplica, hub });
  await seedTutorial(hub);

  /** A room that a stock client wrote into first becomes a note of the list. */
  function listStockNote({ room: { noteId, appendedPosition }, strategy }: OpenRoom): void {
    if (appendedPosition !== 1 || strategy !== STOCK_STRATEGY_NAME || noteId.startsWith("_")) return;
    if (hub.catalog.find(noteId) === undefined)
      hub.find(CATALOG_NOTE_ID)?.room.publish(hub.catalog.addNote({ noteId, title: noteId, strategy }));
  }

  let web: Web | null = null;
  const http = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      log.error({ err: error, url: request.url }, "A request failed");
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: "Something went wrong on the server" });
    });
  });
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (path === "/healthz") sendJson(response, 200, { status: "ok", notes: hub.catalog.notes().length });
    else if (path === "/control" || path.startsWith("/control/")) await handleControl(request, response, { plane, journals, hub });
    else if (web === null) sendJson(response, 404, { error: "This server has no pages: it was started with --no-web" });
    else await web.handle(request, response);
  }

  if (config.hasWeb)
    web = await openWeb({ dir: config.projectFolder, dev: config.isDev, hostname: config.host, port: config.port, httpServer: http });
  const pages = web;
  const sockets = serveSockets(
    http,
    { hub, plane, board, clock, prng: prng.stream("links"), tracer: journals, log },
    pages === null ? null : (request, socket, head) => pages.upgrade(request, socket, head),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      http.once("error", reject);
      http.listen(config.port, config.host, resolve);
    });
  } catch (error) {
    await store.close();
    throw listenError(error, config);
  }

  return {
    port: (http.address() as AddressInfo).port,
    async close() {
      http.close();
      // Acks of what has come in leave before the goodbye.
      await store.flush().catch(() => undefined);
      hub.close(CLOSE.restarting, "The server stops");
      sockets.close(CLOSE.restarting, "The server stops");
      plane.close();
      board.close();
      await compactor.close();
      await store.close().catch((error: unknown) => log.error({ err: error }, "The store did not close"));
      http.closeAllConnections();
      await pages?.close();
    },
  };
}

async function openStore(config: Config, events: Parameters<typeof openSqliteStore>[1]): Promise<Store> {
  try {
    return await openSqliteStore(config.dataFolder, events);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = /locked|busy/i.test(reason)
      ? "Another Riftpad is using it. Stop that one, or set RIFTPAD_DATA to another folder"
      : "Make it writable, or set RIFTPAD_DATA to another folder";
    throw new ConfigError(`Cannot use the data folder ${config.dataFolder} (${reason}). ${hint}.`);
  }
}

function listenError(error: unknown, { host, port }: Config): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === "EADDRINUSE")
    return new ConfigError(`Port ${port} is in use. Stop what uses it, or choose another: PORT=${port + 1} npm start`);
  if (code === "EACCES") return new ConfigError(`Port ${port} may not be used by this user. Choose one above 1023: PORT=3000 npm start`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new ConfigError(`HOST ${host} is no address of this machine. Try HOST=127.0.0.1`);
  return error;
}

/** This tab's connection to the control plane: reports, commands, and what everybody is told. No fault touches it. */

import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import { type ClockSetting, TRUE_CLOCK } from "../../crdt/base/wall-clock.ts";
import type { ClockKind } from "../../crdt/causal/stamp-clock.ts";
import type { JournalEntry } from "../../crdt/base/journal.ts";
import type { RoomCounts } from "../../crdt/sync/room.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type {
  ControlCommand,
  ControlEvent,
  ControlRequest,
  FabricCommand,
  NodesAnswer,
  NoteLedger,
  ReplicaDigest,
  ReplicaStatus,
} from "../../crdt/sync/control-messages.ts";
import type { Stranded } from "../../crdt/sync/orphan-watch.ts";
import type { HoldCommand } from "../../crdt/sync/held-messages.ts";
import type { LeaseCommand } from "../../crdt/sync/lease-messages.ts";
import { CLOSE, isPermanent, retryHintOf } from "../../crdt/sync/close-codes.ts";
import { HEARTBEAT_MS } from "../../crdt/sync/limits.ts";
import { browserClock } from "./browser-clock.ts";
import { capabilityOf } from "./capabilities.ts";
import { Pulse } from "./pulse.ts";
import { shareStructure } from "./share-structure.ts";
import { wsUrl } from "./ws-connect.ts";

const RETRY_MS_MIN = 300;
const RETRY_MS_MAX = 5_000;
const JOURNAL_AFTER_MS = 250;
/** How long what draws waits for a frame. */
const UNSEEN_MS = 100;
/** Entries kept while the connection is down. */
const JOURNAL_MAX = 5_000;
const JOURNAL_BATCH = 1_000;

export interface ControlState {
  readonly isConnected: boolean;
  readonly self: ReplicaId;
  readonly selfName: string;
  readonly selfColour: number;
  /** The note that the rows and the ledger are of. */
  readonly noteId: NoteId | null;
  readonly replicas: readonly ReplicaStatus[];
  readonly ledger: NoteLedger | null;
  readonly healAtMs: number | null;
  /** What the note's room has done since it was opened; null: not heard yet, or it is not open. */
  readonly room: RoomCounts | null;
  /** The server's nodes and what joins them; null: not heard yet, or it is one node. */
  readonly fabric: NodesAnswer | null;
  /** The message that was looked into last. */
  readonly inspected?: Extract<ControlEvent, { type: "inspected" }>;
  /** The server's clock minus this tab's. */
  readonly serverOffsetMs: number;
  /** How far this tab's clock was set off, as the server says. */
  readonly clock: ClockSetting;
  /** What the note is stamped with. */
  readonly stamps: ClockKind;
  /** When the rows came, by this tab's clock. */
  readonly heardAtMs: number;
  /** Whether this tab may set conditions. */
  readonly mayBreak: boolean;
  /** What another tab said last of its text that stands alone. */
  readonly stranded?: Stranded;
  /** What the server did not take, until the next command. */
  readonly error: string | null;
}

/** What a tab knows of an orphaned edit. */
export type OrphanHalf = Extract<ControlRequest, { type: "stranded" | "orphan" }>;
type MessagesEvent = Extract<ControlEvent, { type: "messages" }>;

interface Hello {
  readonly noteId: NoteId;
  readonly strategy: StrategyName;
}

export class ControlClient {
  readonly #listeners = new Set<() => void>();
  readonly #drawers = new Set<() => void>();
  #isDrawing = false;
  #onMessages: ((told: MessagesEvent | null) => void) | null = null;
  readonly #onName: (name: string) => void;
  #state: ControlState;
  #socket: WebSocket | null = null;
  #pulse: Pulse | null = null;
  #hello: Hello | null = null;
  #report: Extract<ControlRequest, { type: "report" }> | null = null;
  #outbox: JournalEntry[] = [];
  #journalledMs = -Infinity;
  #journalTimer: ReturnType<typeof setTimeout> | null = null;
  #retryMs = RETRY_MS_MIN;
  #isClosed = false;

  constructor(self: ReplicaId, name: string | null, onName: (name: string) => void) {
    this.#onName = onName;
    this.#state = {
      isConnected: false,
      self,
      selfName: name ?? "",
      selfColour: 0,
      noteId: null,
      replicas: [],
      ledger: null,
      healAtMs: null,
      room: null,
      fabric: null,
      serverOffsetMs: 0,
      clock: TRUE_CLOCK,
      stamps: "wall",
      heardAtMs: 0,
      mayBreak: true,
      error: null,
    };
  }

  /** The same object until something changes. */
  state = (): ControlState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** As `subscribe`, but at most once a frame: for what draws. */
  subscribeDrawing = (listener: () => void): (() => void) => {
    this.#drawers.add(listener);
    return () => this.#drawers.delete(listener);
  };

  /** Tells `listener`, and nobody else, what is on its way; null of it: another note is shown. null: nobody, and the server need not say. */
  watchMessages(listener: ((told: MessagesEvent | null) => void) | null): void {
    this.#onMessages = listener;
    this.#send({ type: "watch", messages: listener !== null });
  }

  /** The note that this tab shows from now on. Connects with the first. */
  show(noteId: NoteId, strategy: StrategyName): void {
    this.#hello = { noteId, strategy };
    this.#report = null;
    if (this.#state.noteId !== noteId) {
      this.#set({ noteId, replicas: [], ledger: null, room: null, fabric: null });
      this.#onMessages?.(null);
    }
    if (this.#socket === null) this.#connect();
    else this.#sayHello();
  }

  /** What this tab holds. Said again after a reconnect. */
  report(noteId: NoteId, digest: ReplicaDigest, roundTripMs: number | null): void {
    this.#report = { type: "report", noteId, digest, roundTripMs };
    this.#send(this.#report);
  }

  /** Passes on what this tab wrote down, in its order by the server's clock. Entries wait while the connection is down. */
  journal(entry: JournalEntry): void {
    // The offset is measured anew all the time, and may come out smaller between two keys.
    this.#journalledMs = Math.max(this.#journalledMs, entry.atMs + this.#state.serverOffsetMs);
    this.#outbox.push({ ...entry, atMs: this.#journalledMs });
    if (this.#outbox.length > JOURNAL_MAX) this.#outbox.splice(0, this.#outbox.length - JOURNAL_MAX);
    this.#journalTimer ??= setTimeout(() => this.#flushJournal(), JOURNAL_AFTER_MS);
  }

  send = (command: ControlCommand | FabricCommand | HoldCommand | LeaseCommand | OrphanHalf): void => {
    if (this.#state.error !== null) this.#set({ error: null });
    this.#send(command);
  };

  /** For good. A page's own line is open for as long as the page. */
  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#drawers.clear();
    this.#pulse?.close();
    this.#socket?.close();
  }

  #connect(): void {
    const socket = new WebSocket(wsUrl("/control"));
    this.#socket = socket;
    let isOver = false;
    const over = (code: number, reason: string): void => {
      if (isOver) return;
      isOver = true;
      pulse.close();
      removeEventListener("offline", away);
      socket.close();
      if (this.#isClosed) return;
      this.#set({ isConnected: false });
      if (isPermanent(code)) {
        // Another note may be another matter: `show` connects again.
        this.#socket = null;
        this.#set({ error: reason });
        return;
      }
      setTimeout(() => !this.#isClosed && this.#connect(), retryHintOf(reason) ?? this.#retryMs);
      this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
    };
    // A server that died without a goodbye leaves the socket open for minutes, and what was heard last would stand as if it were true.
    const pulse = new Pulse({
      clock: browserClock,
      beatMs: HEARTBEAT_MS,
      ask: () => this.#send({ type: "beat" }),
      onSilence: () => over(CLOSE.abnormal, "Nothing heard"),
    });
    this.#pulse = pulse;
    // So does a network that is gone.
    const away = (): void => over(CLOSE.abnormal, "Offline");
    addEventListener("offline", away);
    socket.onopen = () => {
      this.#retryMs = RETRY_MS_MIN;
      pulse.heard();
      this.#sayHello();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isOver) return;
      pulse.heard();
      if (typeof data === "string") this.#take(JSON.parse(data) as ControlEvent);
    };
    socket.onclose = ({ code, reason }) => over(code, reason);
  }

  #sayHello(): void {
    if (this.#hello === null) return;
    const { self, selfName } = this.#state;
    const name = selfName === "" ? null : selfName;
    const capability = capabilityOf(this.#hello.noteId) ?? undefined;
    this.#send({ type: "hello", replicaId: self, name, capability, messages: this.#onMessages !== null, ...this.#hello });
    if (this.#report !== null) this.#send(this.#report);
  }

  #take(event: ControlEvent): void {
    // Of a note that was shown before.
    if ("noteId" in event && event.noteId !== this.#hello?.noteId) return;
    switch (event.type) {
      case "welcome":
        this.#onName(event.name);
        this.#set({
          isConnected: true,
          selfName: event.name,
          selfColour: event.colour,
          mayBreak: event.mayBreak ?? true,
          clock: event.clock ?? TRUE_CLOCK,
          stamps: event.stamps ?? "wall",
          serverOffsetMs: event.serverNowMs - Date.now(),
        });
        this.#flushJournal();
        return;
      case "replicas": {
        const { replicas, healAtMs, serverNowMs, room, stamps = "wall" } = event;
        const clock = replicas.find(({ replicaId }) => replicaId === this.#state.self)?.clock ?? TRUE_CLOCK;
        this.#set({ replicas, healAtMs, room, clock, stamps, serverOffsetMs: serverNowMs - Date.now(), heardAtMs: Date.now() });
        return;
      }
      case "ledger":
        if (event.ledger.noteId === this.#hello?.noteId) this.#set({ ledger: event.ledger });
        return;
      case "stranded":
        this.#set({ stranded: event.stranded });
        return;
      case "nodes":
        this.#set({ fabric: event });
        return;
      case "messages":
        this.#onMessages?.(event);
        return;
      case "inspected":
        this.#set({ inspected: event });
        return;
      case "error":
        this.#set({ error: event.message });
    }
  }

  #flushJournal(): void {
    if (this.#journalTimer !== null) clearTimeout(this.#journalTimer);
    this.#journalTimer = null;
    while (this.#outbox.length > 0 && this.#socket?.readyState === WebSocket.OPEN)
      this.#send({ type: "journal", entries: this.#outbox.splice(0, JOURNAL_BATCH) });
  }

  #send(request: ControlRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  /** What is told again and did not change stays the same object. */
  #set(patch: Partial<ControlState>): void {
    this.#state = shareStructure(this.#state, { ...this.#state, ...patch });
    for (const listener of this.#listeners) listener();
    if (this.#isDrawing || this.#drawers.size === 0) return;
    this.#isDrawing = true;
    afterFrame(() => {
      this.#isDrawing = false;
      for (const drawer of this.#drawers) drawer();
    });
  }
}

/** Runs `task` once, with the next frame, or soon where there are none because nobody sees the page. */
function afterFrame(task: () => void): void {
  let isDone = false;
  const run = (): void => {
    if (isDone) return;
    isDone = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    task();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, UNSEEN_MS);
}

/**
 * What the store's thread does with what it is told, whatever it writes to: whatever has come in while the disk was busy
 * goes to it in one transaction (group commit). What the disk refuses waits in order and is tried again ([DU2]); what
 * fails for a reason of its own costs its note alone ([DU3]).
 */

import type { CancelTimer } from "../../crdt/base/clock.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import { troubleOf } from "./sqlite.ts";
import type { StoreAnswer, StoreFile, StoreRead, StoreRequest, StoreTrouble, StoreWrite } from "./store.ts";

/** How soon what the disk has refused is tried again. */
export const RETRY_MS = 500;

export interface StoreThreadOptions {
  readonly file: StoreFile;
  readonly say: (answer: StoreAnswer) => void;
  /** Runs `task` when the messages that have come in together are here. */
  readonly defer: (task: () => void) => void;
  /** Holds this thread up: a slow disk. */
  readonly stall?: (ms: number) => void;
  readonly setTimer: (delayMs: number, task: () => void) => CancelTimer;
  /** Nothing more is taken. */
  readonly onClosed: () => void;
}

export class StoreThread {
  readonly #options: StoreThreadOptions;
  #queue: StoreRequest[] = [];
  /** Not durable yet, oldest first. */
  #writes: StoreWrite[] = [];
  /** Questions about notes with writes that wait. */
  #reads: StoreRead[] = [];
  readonly #damaged = new Set<NoteId>();
  #trouble: StoreTrouble | null = null;
  #cancelRetry: CancelTimer | null = null;
  #slowMs = 0;
  #isDue = false;
  #isClosed = false;

  constructor(options: StoreThreadOptions) {
    this.#options = options;
    const { damage } = options.file;
    // For good: what is written into such a file may land on what is still sound.
    if (damage !== null) this.#halt({ kind: "damaged", message: damage });
  }

  take(requests: readonly StoreRequest[]): void {
    for (const request of requests) this.#queue.push(request);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.defer(() => this.#work());
  }

  /** Writes are durable before any read of their note that came after them is answered. */
  #work(): void {
    this.#isDue = false;
    for (const request of this.#queue.splice(0)) {
      if (request.type === "read") {
        this.#commit();
        this.#read(request);
      } else if (request.type === "close") {
        this.#close(request.id);
      } else if (request.type === "crash") {
        this.#crash(request.id);
      } else if (request.type === "slow") {
        this.#slowMs = request.ms;
      } else {
        this.#writes.push(request);
      }
    }
    this.#commit();
  }

  /** In trouble only `#retry` tries. */
  #commit(): void {
    if (this.#trouble === null) this.#commitAll();
  }

  #commitAll(): void {
    const writes = this.#writes.filter((write) => !this.#isLost(write));
    this.#writes = [];
    if (writes.length === 0 || this.#isClosed) return;
    if (this.#options.file.damage !== null) {
      this.#writes = writes;
      return;
    }
    const error = this.#commitGroup(writes);
    if (error === null) return;
    if (this.#haltOn(error, writes)) return;
    // One note's writes have spoilt those of the others: each goes by itself.
    const groups = byNote(writes);
    for (const [n, [noteId, group]] of groups.entries()) {
      const own = this.#commitGroup(group);
      if (own === null) continue;
      if (
        this.#haltOn(
          own,
          groups.slice(n).flatMap(([, left]) => left),
        )
      )
        return;
      if (noteId === null) continue;
      this.#damaged.add(noteId);
      this.#options.say({ type: "damaged", noteId, message: messageOf(own) });
    }
  }

  /** Returns what kept them from becoming durable, or null. */
  #commitGroup(writes: readonly StoreWrite[]): Error | null {
    try {
      if (this.#slowMs > 0) this.#options.stall?.(this.#slowMs);
      this.#options.file.commit(writes);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
    const positions = new Map<NoteId, number>();
    for (const write of writes) if (write.type === "append") positions.set(write.noteId, write.position);
    if (positions.size > 0) this.#options.say({ type: "saved", positions: [...positions] });
    return null;
  }

  /** Whether `error` is the disk's; then `writes` wait. A log that was to be made shorter can as well stay as it is. */
  #haltOn(error: Error, writes: readonly StoreWrite[]): boolean {
    const trouble = troubleOf(error);
    if (trouble === null) return false;
    this.#writes = writes.filter(({ type }) => type !== "compact");
    this.#halt(trouble);
    this.#cancelRetry = this.#options.setTimer(RETRY_MS, () => this.#retry());
    return true;
  }

  #halt(trouble: StoreTrouble): void {
    if (this.#trouble === null) this.#options.say({ type: "halted", trouble });
    this.#trouble = trouble;
  }

  #retry(): void {
    this.#cancelRetry = null;
    this.#commitAll();
    if (this.#cancelRetry !== null) return;
    this.#trouble = null;
    this.#options.say({ type: "resumed" });
    for (const read of this.#reads.splice(0)) this.#read(read);
  }

  #read(request: StoreRead): void {
    const { say } = this.#options;
    const { id } = request;
    const fail = (error: Error): void => say({ type: "failed", id, message: messageOf(error), isDamage: troubleOf(error) === null });
    if (this.#isClosed) return fail(new Error("The store is closed"));
    if (this.#trouble !== null) {
      if (request.what === "nothing") return say({ type: "failed", id, message: this.#trouble.message, isDamage: false });
      if ("noteId" in request && this.#writes.some((write) => "noteId" in write && write.noteId === request.noteId)) {
        this.#reads.push(request);
        return;
      }
    }
    try {
      say({ type: "answer", id, value: this.#answer(request) });
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #answer(request: StoreRead): unknown {
    const { file } = this.#options;
    switch (request.what) {
      case "note":
        return file.note(request.noteId);
      case "head":
        return file.head(request.noteId);
      case "losses":
        return file.losses(request.noteId);
      case "seen":
        return file.seen(request.noteId, request.sinceMs);
      case "names":
        return file.names();
      case "ballots":
        return file.ballots();
      case "stamps":
        return file.stamps();
      case "nothing":
        return null;
    }
  }

  #close(id: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    // In trouble too: it may be over.
    this.#commitAll();
    const left = this.#writes.length;
    const { say, file, onClosed } = this.#options;
    (this.#cancelRetry as CancelTimer | null)?.();
    this.#isClosed = true;
    for (const read of this.#reads.splice(0)) this.#read(read);
    file.close();
    if (left === 0) say({ type: "answer", id, value: null });
    else say({ type: "failed", id, message: `${left} writes could not be saved, and were never acknowledged`, isDamage: false });
    onClosed();
  }

  /** What waits is gone, as in a crash: it was called durable to nobody. */
  #crash(id: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#isClosed = true;
    this.#writes = [];
    this.#reads = [];
    this.#options.file.close();
    this.#options.say({ type: "answer", id, value: null });
    this.#options.onClosed();
  }

  #isLost(write: StoreWrite): boolean {
    return "noteId" in write && this.#damaged.has(write.noteId);
  }
}

function byNote(writes: readonly StoreWrite[]): (readonly [NoteId | null, StoreWrite[]])[] {
  const groups = new Map<NoteId | null, StoreWrite[]>();
  for (const write of writes) {
    const noteId = "noteId" in write ? write.noteId : null;
    const group = groups.get(noteId);
    if (group === undefined) groups.set(noteId, [write]);
    else group.push(write);
  }
  return [...groups];
}

function messageOf(error: Error): string {
  return error.message;
}

/** A note's text on one device: what an editor talks to. Mirrors Room. */

import type { CancelTimer } from "../base/clock.ts";
import { type NoteId, type ReplicaId, replicaNumber } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import type { Edited, Lock, Replica, Strategy } from "../strategy/strategy.ts";
import type { OrphanWatch } from "./orphan-watch.ts";
import { ReplicaSession, type ReplicaSessionOptions } from "./replica-session.ts";

/** A lock is renewed for its holder for this long after an edit. */
const RENEW_MS_MAX = 30_000;
/** Of somebody else's name, in a sentence. */
const NAME_CHARACTERS_MAX = 60;

export interface NoteSessionOptions extends Omit<ReplicaSessionOptions<Replica>, "open" | "draftOf" | "merge"> {
  readonly strategy: Strategy;
  /** What another replica is called, where more is known than what presence says. */
  readonly nameOf?: (replica: ReplicaId) => string | null;
  /** The first edit is journalled with the text that it was made in, if that is no longer than this. Left out: without. */
  readonly startTextMax?: number;
  /** Asked for with the first edit: what watches for orphans. A page may load it then. Left out: nobody does. */
  readonly openWatch?: (text: () => string) => OrphanWatch | Promise<OrphanWatch>;
}

type TellWatch = (watch: OrphanWatch) => void;

export class NoteSession {
  readonly session: ReplicaSession<Replica>;
  readonly #options: NoteSessionOptions;
  /** A reloaded tab may have the same replica id and begins to count anew. */
  readonly #startedAt: string;
  #watch: OrphanWatch | null = null;
  /** Tells the watch, now or when it has come; null: nobody has asked for it. */
  #tellWatch: ((tell: TellWatch) => void) | null = null;
  #inserts = 0;
  #hasEdited = false;
  #editedAtMs = 0;
  #cancelRenewal: CancelTimer | null = null;

  constructor(options: NoteSessionOptions) {
    this.#options = options;
    const { strategy, replicaId, clock } = options;
    this.#startedAt = clock.now().toString(36);
    this.session = new ReplicaSession<Replica>({
      ...options,
      open: (state) =>
        strategy.open({
          replica: replicaId,
          clock,
          nameOf: (replica) => options.nameOf?.(replica) ?? nameIn(this.session.presence.known().get(replicaNumber(replica))?.state),
          ...(state === undefined ? {} : { state }),
        }),
      draftOf: (replica) => replica.text(),
      merge: strategy.merge,
    });
    this.session.subscribe((change) => {
      if (change.kind === "remote") {
        const text = this.#textNow();
        this.#tellWatch?.((watch) => watch.received(change.splices, text));
      } else if (change.kind === "reset") this.#tellWatch?.((watch) => watch.reset());
    });
  }

  get replica(): Replica {
    return this.session.replica;
  }

  get noteId(): NoteId {
    return this.#options.noteId;
  }

  get strategy(): Strategy {
    return this.#options.strategy;
  }

  get replicaId(): ReplicaId {
    return this.#options.replicaId;
  }

  text(): string {
    return this.replica.text();
  }

  /**
   * A person's or a bot's edit, with the caret as it is after it. The intent is journalled before the
   * strategy sees it, in the actor's own view, with an id for each insert that no strategy knows of.
   * @throws RangeError when the splices do not fit the text, or before the replica is loaded.
   */
  edit(splices: readonly Splice[], caret: number): Edited {
    if (!this.session.status().isLoaded) throw new RangeError("The note is not loaded: await start() before editing");
    const { clock, tracer, noteId, replicaId } = this.#options;
    const insertIds = splices.map(({ insert }) => (insert === "" ? "" : `${replicaId}+${this.#startedAt}.${++this.#inserts}`));
    const intent = { kind: "intent", splices, caret, insertIds, textLength: this.replica.length, ...this.#startText() } as const;
    this.#askForWatch();
    const text = this.#textNow();
    const before = this.#watch?.before(splices, text);
    const edited = this.replica.edit(splices);
    tracer.trace({ ...intent, atMs: clock.now(), hop: "note", noteId, replica: replicaId });
    if (!edited.isAccepted) return edited;
    const atMs = clock.now();
    this.#tellWatch?.((watch) => watch.edited(before ?? watch.before(splices, text), edited.correction, atMs));
    this.session.commit(edited.update);
    this.#editedAtMs = clock.now();
    this.#renewLater();
    return edited;
  }

  /** What the first edit tells of the text that it is made in. */
  #startText(): { readonly startText?: string } {
    const { startTextMax = 0 } = this.#options;
    const isTold = !this.#hasEdited && this.replica.length > 0 && this.replica.length <= startTextMax;
    this.#hasEdited = true;
    return isTold ? { startText: this.text() } : {};
  }

  /** Asks for the note's lock, where it has one. */
  acquireLock(): void {
    this.#commitLock((lock) => lock.acquire());
  }

  /** Gives the lock up, or the place in the queue. */
  releaseLock(): void {
    this.#commitLock((lock) => lock.release());
  }

  /** Whether writes under older tokens bounce, for everybody. */
  setFencing(isOn: boolean): void {
    this.#commitLock((lock) => lock.setFencing(isOn));
  }

  close(): void {
    this.#cancelRenewal?.();
    this.#cancelRenewal = null;
    this.#tellWatch?.((watch) => watch.close());
    this.session.close();
  }

  /** Has the watch opened, once; while it is on its way, what it misses is kept. */
  #askForWatch(): void {
    const { openWatch } = this.#options;
    if (this.#tellWatch !== null || openWatch === undefined) return;
    const missed: TellWatch[] = [];
    this.#tellWatch = (tell) => missed.push(tell);
    const open = (watch: OrphanWatch): void => {
      this.#watch = watch;
      this.#tellWatch = (tell) => tell(watch);
      missed.forEach(this.#tellWatch);
    };
    const opened = openWatch(() => this.text());
    // Without a connection there may be no way to load it: this session's orphans are then not told.
    if (opened instanceof Promise) opened.then(open, () => (this.#tellWatch = () => undefined));
    else open(opened);
  }

  /** The text as it is now, for a watch that may look at it later. */
  #textNow(): () => string {
    const text = this.#watch === null && this.#tellWatch !== null ? this.text() : null;
    return () => text ?? this.text();
  }

  #commitLock(change: (lock: Lock) => Uint8Array): void {
    const { lock } = this.replica;
    if (lock !== undefined && this.session.status().isLoaded) this.session.commit(change(lock));
  }

  /** While its holder is typing, and a little longer, a lock does not run out. */
  #renewLater(): void {
    const { lock } = this.replica;
    if (lock === undefined || this.#cancelRenewal !== null) return;
    const { clock } = this.#options;
    this.#cancelRenewal = clock.setTimer(lock.state().ttlMs / 3, () => {
      this.#cancelRenewal = null;
      if (clock.now() - this.#editedAtMs > RENEW_MS_MAX) return;
      if (this.session.status().connection === "synced") this.#commitLock((held) => held.renew());
      this.#renewLater();
    });
  }
}

/** What somebody's presence says that they are called; null where it says nothing of the kind. */
function nameIn(state: unknown): string | null {
  if (typeof state !== "object" || state === null || !("user" in state)) return null;
  const { user } = state;
  if (typeof user !== "object" || user === null || !("name" in user)) return null;
  return typeof user.name === "string" && user.name !== "" ? Array.from(user.name).slice(0, NAME_CHARACTERS_MAX).join("") : null;
}

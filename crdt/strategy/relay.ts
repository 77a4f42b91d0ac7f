/** A note as a node holds it, whatever its strategy: what they have in common. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { NoteRelay, Relayed, RelayOptions, Replica, Strategy } from "./strategy.ts";

/** Updates that an open document may be behind before it is let go: nobody has looked at it for that long. */
const BEHIND_MAX = 5_000;

/** What is stored of a note that is smaller than this is opened at once: that takes no longer than a turn of the event loop. */
const STEPPED_BYTES_MIN = 16 * 1024;

/** A longer update is taken in by steps: it may be of a thousand operations. */
const LONG_BYTES_MIN = 8 * 1024;

/**
 * The strategy's own relay, or one that lives in an open document. Of a long note that document is built by the steps of `prepare(null)`,
 * or at once by whatever else is asked first.
 * @throws DecodeError when what is stored does not parse; of a long note that is thrown by what builds the document.
 */
export function openRelay(strategy: Strategy, options: RelayOptions): NoteRelay {
  if (strategy.openRelay !== undefined) return strategy.openRelay(options);
  // A store may go on with its list of updates.
  const stored = { ...options, updates: [...options.updates] };
  const document = new LazyDocument(() => opening(strategy, stored));
  if (storedBytes(stored) < STEPPED_BYTES_MIN) document.get();
  return new DocumentRelay(document);
}

function storedBytes({ state = EMPTY_BYTES, updates }: RelayOptions): number {
  return updates.reduce((sum, { length }) => sum + length, state.length);
}

/** As the strategy cuts it, or the state and then each update. */
function* opening(strategy: Strategy, options: RelayOptions): Generator<void, Replica> {
  const { updates } = options;
  if (strategy.openInSteps !== undefined) {
    const replica = yield* strategy.openInSteps(options, updates);
    options.onDocumentOpened();
    return replica;
  }
  const replica = strategy.open(options);
  options.onDocumentOpened();
  for (const update of updates) {
    yield;
    replica.receive(update);
  }
  return replica;
}

/** A note that is its document, which is never let go. */
class DocumentRelay implements NoteRelay {
  /** null once it is built: what it was built of is not held on to. */
  #building: LazyDocument | null;
  #replica: Replica | null = null;

  constructor(document: LazyDocument) {
    this.#building = document;
    if (document.isOpen) this.document();
  }

  get isDocumentOpen(): boolean {
    return this.#replica !== null;
  }

  document(): Replica {
    if (this.#replica === null) {
      this.#replica = this.#building!.get();
      this.#building = null;
    }
    return this.#replica;
  }

  dropDocument(): void {
    // It is the note.
  }

  prepare(update: Uint8Array | null): (() => boolean) | null {
    // An update does not wait for what would have been built before anybody came.
    if (update !== null || this.#replica !== null) return null;
    return () => {
      if (this.#building?.step() === false) return false;
      this.document();
      return true;
    };
  }

  receive(update: Uint8Array): Relayed {
    const document = this.document();
    return document.relay?.(update) ?? document.receive(update);
  }

  receiveInSteps(update: Uint8Array): Generator<void, Relayed> | null {
    return update.length < LONG_BYTES_MIN ? null : (this.document().relayInSteps?.(update) ?? null);
  }

  version(): Uint8Array {
    return this.document().version();
  }

  since(version: Uint8Array): Uint8Array {
    return this.document().since(version);
  }

  sinceInSteps(version: Uint8Array): Generator<void, Uint8Array> | null {
    return this.document().sinceInSteps?.(version) ?? null;
  }

  seen(): Uint8Array {
    return this.document().seen();
  }
}

/** Builds a document in steps of a few milliseconds each; what it returns is whole. */
export type Building = Pick<Iterator<void, Replica>, "next">;

/** A document that is built when it is asked for, follows what is relayed meanwhile when it is asked again, and can be let go. */
export class LazyDocument {
  readonly #build: () => Replica | Building;
  #replica: Replica | null = null;
  #building: Building | null = null;
  #behind: Uint8Array[] = [];

  constructor(build: () => Replica | Building) {
    this.#build = build;
  }

  get isOpen(): boolean {
    return this.#replica !== null;
  }

  /** Built at once, if it has to be, or what is left of it. */
  get(): Replica {
    while (!this.step());
    const replica = this.#replica!;
    for (const update of this.#behind.splice(0)) replica.receive(update);
    return replica;
  }

  /** Builds on a little. Returns whether it is whole, but for what it has to follow. @throws DecodeError as `get` does. */
  step(): boolean {
    if (this.#replica !== null) return true;
    const building = (this.#building ??= stepsOf(this.#build()));
    try {
      const { done, value } = building.next();
      if (done !== true) return false;
      this.#replica = value;
    } catch (error) {
      this.drop();
      throw error;
    }
    this.#building = null;
    return true;
  }

  /** `update` is news that the relay has taken in. */
  follow(update: Uint8Array): void {
    if (this.#replica === null && this.#building === null) return;
    this.#behind.push(update);
    if (this.#behind.length > BEHIND_MAX) this.drop();
  }

  drop(): void {
    this.#replica = this.#building = null;
    this.#behind = [];
  }
}

function stepsOf(built: Replica | Building): Building {
  return "next" in built ? built : { next: () => ({ done: true, value: built }) };
}

/** A note as a node holds it, whatever its strategy: what they have in common. */

import type { NoteRelay, RelayOptions, Replica, Strategy } from "./strategy.ts";

/** Updates that an open document may be behind before it is let go: nobody has looked at it for that long. */
const BEHIND_MAX = 5_000;

/** The strategy's own relay, or one that is simply an open document. @throws DecodeError when what is stored does not parse. */
export function openRelay(strategy: Strategy, options: RelayOptions): NoteRelay {
  if (strategy.openRelay !== undefined) return strategy.openRelay(options);
  const replica = strategy.open(options);
  options.onDocumentOpened();
  for (const update of options.updates) replica.receive(update);
  return {
    receive: (update) => replica.receive(update),
    version: () => replica.version(),
    since: (version) => replica.since(version),
    seen: () => replica.seen(),
    document: () => replica,
    dropDocument: () => undefined,
    isDocumentOpen: true,
  };
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

/** What is on its way in the links of the note that is shown, apart from the rest: it is told twenty times a second, and only while somebody listens. */

import type { ControlClient } from "./control-client.ts";
import type { HeldLink, NodeFlight } from "../../crdt/sync/held-messages.ts";

export interface ToldMessages {
  readonly links: readonly HeldLink[];
  readonly nodes: readonly NodeFlight[];
  /** When it was told, on this page's own time line (performance.now). */
  readonly heardMs: number;
}

export const NO_MESSAGES: ToldMessages = { links: [], nodes: [], heardMs: 0 };

const feeds = new WeakMap<ControlClient, MessageFeed>();

/** The one feed of a line to the control plane. */
export function messageFeedOf(client: ControlClient): MessageFeed {
  const known = feeds.get(client);
  if (known !== undefined) return known;
  const made: MessageFeed = new MessageFeed((isWatched) =>
    client.watchMessages(
      isWatched ? (told) => made.take(told === null ? null : { links: told.links, nodes: told.nodes, heardMs: performance.now() }) : null,
    ),
  );
  feeds.set(client, made);
  return made;
}

export class MessageFeed {
  readonly #watch: (isWatched: boolean) => void;
  readonly #listeners = new Set<() => void>();
  #told: ToldMessages = NO_MESSAGES;

  /** `watch` is told when the first begins to listen, and when the last has ended. */
  constructor(watch: (isWatched: boolean) => void) {
    this.#watch = watch;
  }

  /** The same object until something is told. */
  state = (): ToldMessages => this.#told;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#watch(true);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      // What was told last is not true for long.
      this.#told = NO_MESSAGES;
      this.#watch(false);
    };
  };

  /** null: of another note from now on. */
  take(told: ToldMessages | null): void {
    this.#told = told ?? NO_MESSAGES;
    for (const listener of this.#listeners) listener();
  }
}

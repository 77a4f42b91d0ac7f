/** What the server lets this browser do, and the notes that its links open. Asked anew whenever the page is looked at again. */

import type { NoteId } from "../../crdt/base/ids.ts";
import type { AccessAnswer, HeldNote } from "../../crdt/sync/access-messages.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import { authorization, capabilityOf, forgetOwnerToken, heldLinks, ownerToken } from "./capabilities.ts";

const KEY = "riftpad.access";
const ANSWER_MS_MAX = 1_500;

export interface AccessState extends AccessAnswer {
  /** Where links are needed and this browser is not the owner's: the notes that its links open. */
  readonly notes: readonly HeldNote[];
}

/** Until a server has said otherwise. */
const OPEN: AccessState = { mode: "open", isOwner: true, mayShare: false, hasFaults: true, notes: [] };

/** The server's answer was no, in its words. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class AccessClient {
  readonly #listeners = new Set<() => void>();
  #state: AccessState = remembered();

  /** The same object until something changes. */
  state = (): AccessState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Asks now, and whenever somebody comes back to the page, for the life of the page. Resolves at once, but where a token
   * is kept: when the server has said whether it takes it, or does not answer.
   */
  async start(): Promise<void> {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.#refreshQuietly();
    });
    const asked = this.#refreshQuietly();
    if (ownerToken() !== null) await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, ANSWER_MS_MAX))]);
  }

  /** Offline, what was last known stands. */
  #refreshQuietly(): Promise<void> {
    return this.refresh().catch(() => undefined);
  }

  async refresh(): Promise<void> {
    const answer = await askServer<AccessAnswer>("GET", "/access", ownerToken());
    // Whoever has the token may share.
    if (ownerToken() !== null && !answer.mayShare) forgetOwnerToken();
    const needsLinks = answer.mode === "links" && !answer.isOwner;
    const capabilities = heldLinks();
    const { notes } = needsLinks ? await askServer<{ notes: HeldNote[] }>("POST", "/access/notes", null, { capabilities }) : { notes: [] };
    const next: AccessState = { ...answer, notes: notes.filter(({ strategy }) => isStrategyName(strategy)) };
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return;
    this.#state = next;
    try {
      localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // The next page begins by asking.
    }
    for (const listener of this.#listeners) listener();
  }

  /** Rejects with RefusedError 404 when nobody has made it, 401 and 403 when this browser may not see it. */
  note(noteId: NoteId): Promise<HeldNote> {
    return askServer<HeldNote>("GET", `/access/notes/${noteId}`, capabilityOf(noteId));
  }
}

/** Rejects with RefusedError when the server says no, with another error when it says nothing. */
export async function askServer<T>(method: string, path: string, capability: string | null, body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: { ...authorization(capability), ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = (await answer.json()) as unknown;
  if (answer.ok) return json as T;
  const { error } = Object(json) as { error?: unknown };
  throw new RefusedError(answer.status, typeof error === "string" ? error : `The server answered ${answer.status}`);
}

function remembered(): AccessState {
  try {
    const json: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    const { mode, notes } = Object(json) as Partial<AccessState>;
    return (mode === "open" || mode === "links") && Array.isArray(notes) ? (json as AccessState) : OPEN;
  } catch {
    return OPEN;
  }
}

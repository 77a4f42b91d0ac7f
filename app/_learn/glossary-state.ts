/** Which word of the glossary is looked at, anywhere on the page. */

import { useSyncExternalStore } from "react";

/** The sheet is open; `term` is the one that was asked for. */
export interface OpenGlossary {
  readonly term: string | null;
}

let open: OpenGlossary | null = null;
const listeners = new Set<() => void>();

/** Opens the sheet, at a term or at its beginning. */
export function openGlossary(term: string | null): void {
  set({ term });
}

export function closeGlossary(): void {
  set(null);
}

/** null: closed. */
export function useGlossary(): OpenGlossary | null {
  return useSyncExternalStore(
    subscribe,
    () => open,
    () => null,
  );
}

function set(next: OpenGlossary | null): void {
  open = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

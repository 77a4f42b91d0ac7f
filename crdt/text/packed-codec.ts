import { TextState } from "./text-state.ts";
export type History = "full" | "without-deleted-text" | "cut";
export function packState(_state: TextState, _history: History): Uint8Array { return new Uint8Array(0); }
export function unpackState(_bytes: Uint8Array, _options?: { isTrusted: boolean }): TextState { return new TextState(); }

/** When a tab had something that was not saved. Pure. */

/** A stretch of time in which some edit was not saved; null: it still goes on. By this tab's clock. */
export interface UnsavedSpan {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** The spans after `unsaved` edits were seen to be open at `nowMs`. Keeps the last 50. */
export function withStatus(spans: readonly UnsavedSpan[], unsaved: number, nowMs: number): readonly UnsavedSpan[] {
  const last = spans.at(-1);
  const isOpen = last !== undefined && last.toMs === null;
  if (unsaved > 0) return isOpen ? spans : [...spans.slice(-49), { fromMs: nowMs, toMs: null }];
  return isOpen ? [...spans.slice(0, -1), { fromMs: last.fromMs, toMs: nowMs }] : spans;
}

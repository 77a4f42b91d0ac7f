/**
 * Where a recorded edit goes in a text that is not the one it was made in (F3): the same offset while both are equal; else
 * behind the same 8 characters, at the place nearest to the old one; else in the same line, as far along it as it was; else
 * the end.
 */

/** Characters left of the caret that stand for a place. */
export const CONTEXT_UNITS = 8;

/** The position in `view` for what was done at `pos` of `recorded`. Cost: linear in both. */
export function placeIn(view: string, recorded: string, pos: number): number {
  const at = Math.min(pos, recorded.length);
  if (view === recorded) return at;
  const context = recorded.slice(Math.max(0, at - CONTEXT_UNITS), at);
  if (context === "") return 0;
  const found = nearest(view, context, at - context.length);
  if (found !== null) return found + context.length;
  const lines = view.split("\n");
  const before = recorded.slice(0, at).split("\n");
  const [row, column] = [before.length - 1, before.at(-1)!.length];
  if (row < lines.length) {
    const lineLength = recorded.split("\n")[row]!.length;
    const start = lines.slice(0, row).reduce((sum, line) => sum + line.length + 1, 0);
    return start + Math.round((column / Math.max(1, lineLength)) * lines[row]!.length);
  }
  return Math.min(at, view.length);
}

/** Where `text` begins in `view`, next to `near`; the earlier one of two that are as near. */
function nearest(view: string, text: string, near: number): number | null {
  let best: number | null = null;
  for (let at = view.indexOf(text); at >= 0; at = view.indexOf(text, at + 1)) {
    if (best !== null && Math.abs(at - near) >= Math.abs(best - near)) break;
    best = at;
  }
  return best;
}

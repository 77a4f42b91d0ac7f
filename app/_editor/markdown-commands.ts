/** What the buttons above the text do. Each is one edit, and undone as one. */

import { type ChangeSpec, EditorSelection } from "@codemirror/state";
import type { Command, EditorView } from "@codemirror/view";
import type { FormatId } from "./format-buttons.ts";

/** Puts `mark` around each selection, or takes it away where it stands already. */
function around(mark: string): Command {
  return (view) => {
    const { state } = view;
    const update = state.changeByRange((range) => {
      const from = range.from - mark.length;
      const to = range.to + mark.length;
      const isMarked = from >= 0 && state.sliceDoc(from, range.from) === mark && state.sliceDoc(range.to, to) === mark;
      if (isMarked) {
        const changes = [
          { from, to: range.from, insert: "" },
          { from: range.to, to, insert: "" },
        ];
        return { changes, range: EditorSelection.range(range.anchor - mark.length, range.head - mark.length) };
      }
      const changes = [
        { from: range.from, insert: mark },
        { from: range.to, insert: mark },
      ];
      return { changes, range: EditorSelection.range(range.anchor + mark.length, range.head + mark.length) };
    });
    view.dispatch(update, { userEvent: "input.format", scrollIntoView: true });
    return true;
  };
}

/** Puts `prefix` before each selected line, or takes it away when all have it. */
function before(prefix: string, other: RegExp): Command {
  return (view) => {
    const lines = selectedLines(view);
    const all = lines.every(({ text }) => text.startsWith(prefix));
    const changes: ChangeSpec[] = lines.map(({ from, text }) => {
      if (all) return { from, to: from + prefix.length, insert: "" };
      const present = other.exec(text)?.[0] ?? "";
      return { from, to: from + present.length, insert: prefix };
    });
    view.dispatch({ changes, userEvent: "input.format", scrollIntoView: true });
    return true;
  };
}

function selectedLines({ state }: EditorView): { readonly from: number; readonly text: string }[] {
  const lines = new Map<number, { from: number; text: string }>();
  for (const { from, to } of state.selection.ranges) {
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      lines.set(line.number, line);
      at = line.to + 1;
    }
  }
  return [...lines.values()];
}

const LIST_MARK = /^(?:- \[[ x]\] |[-*] |\d+\. )/;

export const FORMATS: Readonly<Record<FormatId, Command>> = {
  bold: around("**"),
  italic: around("_"),
  heading: before("## ", /^#{1,6} /),
  list: before("- ", LIST_MARK),
  task: before("- [ ] ", LIST_MARK),
  code: around("`"),
};

import { type KeyHelp, KeysDialog } from "./keys-dialog.tsx";

/** What the help lists, in its order. */
const SHORTCUTS: readonly KeyHelp[] = [
  { keys: "?", does: "Show this list (outside of text)" },
  { keys: "Ctrl K", does: "Search the notes" },
  { keys: "Alt N", does: "New note" },
  { keys: "Ctrl Shift L", does: "Network panel" },
  { keys: "Ctrl Shift O", does: "Cut this tab, or heal it" },
  { keys: "Ctrl Shift E", does: "Open another replica" },
  { keys: "Alt W", does: "Say who holds what" },
  { keys: "F6, Shift F6", does: "Next region, previous region" },
  { keys: "Escape, then Tab", does: "Leave the text" },
  { keys: "Ctrl B, Ctrl I", does: "Bold, italic" },
  { keys: "Ctrl Z, Ctrl Shift Z", does: "Undo, redo: your own edits alone" },
];

/** The keys of the notes page. */
export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  return <KeysDialog keys={SHORTCUTS} note="On a Mac, Ctrl is ⌘." onClose={onClose} />;
}

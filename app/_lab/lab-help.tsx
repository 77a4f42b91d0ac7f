import { type KeyHelp, KeysDialog } from "../_ui/keys-dialog.tsx";
import { LAB_KEYS } from "./use-lab-keys.ts";

/** Keys that belong to one place of the page, beside those that work everywhere. */
const PLACE_KEYS: readonly KeyHelp[] = [
  { keys: "F6, Shift F6", does: "Next region, previous region" },
  { keys: "Alt W", does: "Where is everyone? Says who agrees with whom" },
  { keys: "1 to 6", does: "Go to a replica's text; Tab leaves it" },
  { keys: "Alt Enter", does: "In a text: why the character behind the caret is there. Alt and a click asks too" },
  { keys: "Shift ← →", does: "On the wires: let the chosen message arrive before the one ahead of it, or after the one behind it" },
  { keys: "Alt W", does: "Anywhere: say where everybody is" },
  { keys: "Home, End", does: "On the timeline: the beginning, the present" },
];

/** The keys of the laboratory. */
export function LabHelp({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  if (!isOpen) return null;
  return <KeysDialog keys={[...LAB_KEYS, ...PLACE_KEYS]} note="Single keys act outside of text alone." onClose={onClose} />;
}

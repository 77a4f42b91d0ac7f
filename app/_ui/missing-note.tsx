import type { NoteId } from "../../crdt/base/ids.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { StrategyChoices } from "./strategy-choices.tsx";
import styles from "./workspace.module.css";

/** Shown at an address that no note has yet. */
export function MissingNote({ noteId, onMake }: { readonly noteId: NoteId; readonly onMake: (strategy: StrategyName) => void }) {
  return (
    <div className={styles.missing} data-testid="missing-note">
      <h1>No note has the address “{noteId}” yet</h1>
      <p>You can make it. How should concurrent edits meet?</p>
      <StrategyChoices onChoose={onMake} />
    </div>
  );
}

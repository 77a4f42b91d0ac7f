import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import styles from "./replica-glyph.module.css";

/** The letter that stands for a replica: its name's first. */
export function glyphLetter(name: string): string {
  return (Array.from(name)[0] ?? "?").toUpperCase();
}

/** A replica's letter in its colour, with a border pattern of its own. Decorative: the name stands beside it. */
export function ReplicaGlyph({ name, colour, kind }: Pick<ReplicaStatus, "name" | "colour" | "kind">) {
  if (kind === "node") {
    return (
      <span className={`${styles.glyph} ${styles.node}`} aria-hidden="true">
        S
      </span>
    );
  }
  return (
    <span
      className={`${styles.glyph} ${styles[`pattern${colour % 4}`]}`}
      style={{ color: `var(--replica-${colour % 8})` }}
      aria-hidden="true"
    >
      {glyphLetter(name)}
    </span>
  );
}

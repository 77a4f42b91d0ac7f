import styles from "./replica-glyph.module.css";

const LETTERS = "ABCDEFGH";

/** The letter that stands for a replica's colour, 0 to 7. */
export function glyphLetter(colour: number): string {
  return LETTERS.charAt(colour % LETTERS.length);
}

/** A replica's letter in its colour, with a border pattern of its own. Decorative: the name stands beside it. */
export function ReplicaGlyph({ colour, kind = "tab" }: { readonly colour: number; readonly kind?: "tab" | "stock" | "node" }) {
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
      {glyphLetter(colour)}
    </span>
  );
}

import { memo } from "react";
import type { Cap } from "./cap.ts";
import styles from "./fabric.module.css";

/** What each side may do now, and what was given up for it. */
export const CapCard = memo(function CapCard({
  cap,
  label = "Consistency or availability",
}: {
  readonly cap: Cap;
  readonly label?: string;
}) {
  return (
    <section className={styles.cap} aria-label={label} data-testid="cap-card">
      <p className={styles.headline} role="status">
        {cap.headline}
      </p>
      {cap.isSplit && (
        <ul className={styles.islands}>
          {cap.islands.map(({ island, title, may, mayNot, people, unsaved }) => (
            <li key={island.ends.join(" ")} data-testid="island" data-majority={island.hasMajority}>
              <p className={styles.islandTitle}>
                <strong>{title}</strong>{" "}
                <span className={styles.note}>
                  {island.nodes.length === 0 ? "no server" : island.hasMajority ? "majority" : "minority"}
                  {people > 0 && unsaved > 0 ? `, ${unsaved} unsaved` : ""}
                </span>
              </p>
              <ul>
                {may.map((text) => (
                  <li key={text}>
                    <span className={styles.may}>May</span> {lowerFirst(text)}
                  </li>
                ))}
                {mayNot.map((text) => (
                  <li key={text}>
                    <span className={styles.mayNot}>May not</span> {lowerFirst(text)}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
});

function lowerFirst(text: string): string {
  return text[0]!.toLowerCase() + text.slice(1);
}

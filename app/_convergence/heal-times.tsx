"use client";

import { useSyncExternalStore } from "react";
import { useControl } from "../_client/use-control.ts";
import { timeText } from "../_ledger/time-text.ts";
import { BARS_MAX, CHART_HEIGHT, CHART_WIDTH, healBars, healSentence, secondsText } from "./heal-chart.ts";
import { healsOf, subscribeHeals } from "./heal-log.ts";
import styles from "./heal-times.module.css";

/** How long this note took to be one text again after each heal that this tab has seen. */
export function HealTimes() {
  const { noteId } = useControl();
  const heals = useSyncExternalStore(subscribeHeals, () => healsOf(noteId));
  const sentence = healSentence(heals);
  const bars = healBars(heals);
  return (
    <section className={styles.heals} aria-labelledby="heals-title" data-testid="heal-times">
      <h2 id="heals-title" className={styles.title}>
        Time to agree after each heal
      </h2>
      {sentence === null ? (
        <p className={styles.note}>No heal was measured in this tab yet. Cut a link, edit on both sides, and heal.</p>
      ) : (
        <>
          <p className={styles.sentence}>{sentence}</p>
          <figure className={styles.figure}>
            <svg
              viewBox={`0 -14 ${CHART_WIDTH} ${CHART_HEIGHT + 15}`}
              role="img"
              aria-label={`${sentence} One bar for each heal, oldest first.`}
            >
              <text x={0} y={-3} className={styles.scale}>
                {secondsText(Math.max(...bars.map(({ heal }) => heal.agreedAfterMs)))}
              </text>
              {bars.map(({ heal, ...place }) => (
                <rect key={heal.healedAtMs} {...place} className={styles.bar}>
                  <title>{secondsText(heal.agreedAfterMs)}</title>
                </rect>
              ))}
              <line x1={0} x2={CHART_WIDTH} y1={CHART_HEIGHT} y2={CHART_HEIGHT} className={styles.axis} />
            </svg>
            {heals.length > BARS_MAX && (
              <figcaption className={styles.note}>
                The last {BARS_MAX} of {heals.length}.
              </figcaption>
            )}
          </figure>
          <details>
            <summary>As a table</summary>
            <table className={styles.table}>
              <thead>
                <tr>
                  <th scope="col">Healed at</th>
                  <th scope="col">Agreed after</th>
                </tr>
              </thead>
              <tbody>
                {heals.toReversed().map(({ healedAtMs, agreedAfterMs }) => (
                  <tr key={healedAtMs}>
                    <td>{timeText(healedAtMs)}</td>
                    <td>{secondsText(agreedAfterMs)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </>
      )}
    </section>
  );
}

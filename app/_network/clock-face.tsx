import { handsAt } from "./clock-words.ts";
import styles from "./clocks.module.css";

/** A clock's face at that moment. The reading in figures stands beside it. */
export function ClockFace({ atMs, isOff }: { readonly atMs: number; readonly isOff: boolean }) {
  const { hour, minute, second } = handsAt(atMs);
  return (
    <svg className={styles.face} viewBox="-12 -12 24 24" aria-hidden="true" data-off={isOff}>
      <circle r="11" />
      {[0, 90, 180, 270].map((angle) => (
        <line key={angle} y1="-10" y2="-8" transform={`rotate(${angle})`} />
      ))}
      <line className={styles.hour} y2="-5" transform={`rotate(${hour})`} />
      <line className={styles.minute} y2="-8" transform={`rotate(${minute})`} />
      <line className={styles.second} y2="-9" transform={`rotate(${second})`} />
    </svg>
  );
}

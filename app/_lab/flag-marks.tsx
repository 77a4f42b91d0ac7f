import { flagMarks, markTitle } from "./anomaly-words.ts";
import type { Flag } from "./anomaly-watch.ts";
import styles from "./timeline.module.css";

export interface FlagMarksProps {
  readonly flags: readonly Flag[];
  /** At the right border. */
  readonly untilMs: number;
  readonly onFlag: (flag: Flag) => void;
}

/** The anomalies of a run under its timeline, each where the last of its intents was; near ones share a mark. */
export function FlagMarks({ flags, untilMs, onFlag }: FlagMarksProps) {
  if (flags.length === 0) return null;
  return (
    <ul className={styles.flags} aria-label="Anomalies on the timeline">
      {flagMarks(flags, untilMs).map((mark) => (
        <li key={mark.flags[0]!.key} style={{ ["--share" as string]: Math.min(1, mark.atMs / untilMs) }}>
          <button
            type="button"
            aria-label={markTitle(mark)}
            title={markTitle(mark)}
            data-testid="flag-mark"
            onClick={() => onFlag(mark.flags[0]!)}
          >
            ⚑{mark.flags.length > 1 && mark.flags.length}
          </button>
        </li>
      ))}
    </ul>
  );
}

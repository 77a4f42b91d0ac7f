"use client";

import { memo, type KeyboardEvent, type PointerEvent, useRef } from "react";
import type { Flag } from "./anomaly-watch.ts";
import { FlagMarks } from "./flag-marks.tsx";
import type { LabFrame } from "./lab-messages.ts";
import type { LabState } from "./lab-run.ts";
import { timeText } from "./lab-words.ts";
import styles from "./timeline.module.css";
import { COLUMNS, TIMELINE_HEIGHT, timelinePaths } from "./timeline-paths.ts";

export interface TimelineProps {
  readonly frame: LabFrame;
  /** The frame that the lanes are drawn of, and how far the lists had come with it. */
  readonly slow: LabFrame;
  readonly length: number;
  readonly agreed: number;
  readonly events: LabState["events"];
  readonly agreements: LabState["agreements"];
  /** Shows the moment; null: the present. */
  readonly onSeekMs: (atMs: number | null) => void;
  readonly onStep: (step: -1 | 1) => void;
  readonly onFork: () => void;
  readonly flags: readonly Flag[];
  readonly onFlag: (flag: Flag) => void;
}

/** The whole run from left to right: edits, network, agreement. Any moment of it can be gone back to. */
export function Timeline({ frame, slow, length, agreed, events, agreements, onSeekMs, onStep, onFork, flags, onFlag }: TimelineProps) {
  const track = useRef<HTMLDivElement>(null);
  const { nowMs, past } = frame;
  const untilMs = Math.max(1, nowMs);
  const atMs = past?.atMs ?? nowMs;
  const seek = ({ clientX }: PointerEvent): void => {
    const box = track.current?.getBoundingClientRect();
    if (box === undefined) return;
    const share = Math.max(0, Math.min(1, (clientX - box.left) / box.width));
    onSeekMs(share >= 0.998 ? null : share * untilMs);
  };
  const move = (event: KeyboardEvent): void => {
    if (event.key === "Home") onSeekMs(0);
    else if (event.key === "End") onSeekMs(null);
    else if (event.key === "ArrowLeft") onSeekMs(Math.max(0, atMs - untilMs / 100));
    else if (event.key === "ArrowRight") onSeekMs(atMs + untilMs / 100 >= untilMs ? null : atMs + untilMs / 100);
    else return;
    event.preventDefault();
  };
  const words = past === null ? `The present, ${timeText(nowMs)}` : `Viewing ${timeText(nowMs - past.atMs)} ago`;
  return (
    <section className={styles.timeline} aria-labelledby="timeline-title" data-region>
      <div className={styles.head}>
        <h2 id="timeline-title">Timeline</h2>
        <span className={past === null ? styles.muted : styles.viewing} data-testid="viewing" data-n={past?.n}>
          {words}
        </span>
        <span className={styles.buttons}>
          <button type="button" title="[" aria-label="Previous event" data-testid="event-back" onClick={() => onStep(-1)}>
            ‹
          </button>
          <button type="button" title="]" aria-label="Next event" data-testid="event-forward" onClick={() => onStep(1)}>
            ›
          </button>
          {past !== null && (
            <>
              <button type="button" data-testid="to-present" onClick={() => onSeekMs(null)}>
                Back to the present
              </button>
              <button type="button" title="F" data-testid="fork-here" onClick={onFork}>
                Fork here
              </button>
            </>
          )}
        </span>
        <span className={styles.legend}>
          <span className={styles.keyEdits}>edits</span>
          <span className={styles.keyNetwork}>network</span>
          <span className={styles.keyAgree}>agree</span>
          <span className={styles.keyDiffer}>differ</span>
        </span>
      </div>
      <div
        ref={track}
        className={styles.track}
        role="slider"
        tabIndex={0}
        aria-label="Moment in view"
        aria-valuemin={0}
        aria-valuemax={Math.round(untilMs)}
        aria-valuenow={Math.round(atMs)}
        aria-valuetext={words}
        data-testid="timeline"
        onKeyDown={move}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          seek(event);
        }}
        onPointerMove={(event) => event.buttons === 1 && seek(event)}
      >
        <Lanes
          events={events}
          agreements={agreements}
          length={length}
          agreed={agreed}
          replicas={slow.options.replicas}
          untilMs={Math.max(1, slow.nowMs)}
        />
        <span className={styles.cursor} style={{ ["--share" as string]: Math.min(1, atMs / untilMs) }} />
      </div>
      <FlagMarks flags={flags} untilMs={untilMs} onFlag={onFlag} />
    </section>
  );
}

interface LanesProps {
  readonly events: LabState["events"];
  readonly agreements: LabState["agreements"];
  readonly length: number;
  readonly agreed: number;
  readonly replicas: number;
  readonly untilMs: number;
}

/** All but the cursor: drawn anew only where the run has gone on. */
const Lanes = memo(function Lanes({ events, agreements, length, agreed, replicas, untilMs }: LanesProps) {
  const upTo = <T,>(list: readonly T[], count: number): readonly T[] => (list.length === count ? list : list.slice(0, count));
  const paths = timelinePaths(upTo(events, length), upTo(agreements, agreed), replicas, untilMs);
  return (
    <svg viewBox={`0 0 ${COLUMNS} ${TIMELINE_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={paths.control} className={styles.control} />
      {paths.edits.map((path, replica) => (
        <path key={replica} d={path} style={{ fill: `var(--replica-${replica})` }} />
      ))}
      <path d={paths.network} className={styles.network} />
      <path d={paths.dropped} className={styles.dropped} />
      <path d={paths.agree} className={styles.agree} />
      <path d={paths.differ} className={styles.differ} />
    </svg>
  );
});

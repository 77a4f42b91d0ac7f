"use client";

import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { BOARD_HEIGHT, BOARD_WIDTH } from "./board-layout.ts";
import styles from "./pill-layer.module.css";
import { type Pill, placeOf } from "./wire-pills.ts";

/** A pill is set going anew where what is told of it differs by more than this from where it is. */
const DRIFT_MS = 60;

export interface PillLayerProps {
  readonly pills: readonly Pill[];
  /** When that was so, on the page's own time line. */
  readonly heardMs: number;
  /** The key of the chosen message. */
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

/**
 * Messages over the board. Each pill is one animation of the compositor from where it is to where it arrives, so that neither
 * typing nor telling disturbs it. The list of messages says the same in words.
 */
export function PillLayer({ pills, heardMs, chosen, onChoose }: PillLayerProps) {
  const layer = useRef<HTMLDivElement>(null);
  const [scale, setScale] = useState(0);
  useEffect(() => {
    const element = layer.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setScale((entry?.contentRect.width ?? 0) / BOARD_WIDTH));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div
      ref={layer}
      className={styles.layer}
      style={{ aspectRatio: `${BOARD_WIDTH} / ${BOARD_HEIGHT}` }}
      aria-hidden="true"
      data-testid="pills"
    >
      {scale > 0 &&
        pills.map((pill) => (
          <OnePill key={pill.key} pill={pill} heardMs={heardMs} scale={scale} isChosen={pill.key === chosen} onChoose={onChoose} />
        ))}
    </div>
  );
}

interface OnePillProps {
  readonly pill: Pill;
  readonly heardMs: number;
  readonly scale: number;
  readonly isChosen: boolean;
  readonly onChoose: (key: string) => void;
}

function OnePill({ pill, heardMs, scale, isChosen, onChoose }: OnePillProps) {
  const element = useRef<HTMLSpanElement>(null);
  const going = useRef<{ readonly animation: Animation; readonly way: string; readonly arrivesAtMs: number } | null>(null);
  const { from, to, share, dueInMs, count, sign, colour } = pill;
  useLayoutEffect(() => {
    const host = element.current;
    if (host === null) return;
    const way = [from.x, from.y, to.x, to.y, scale].join(" ");
    // Of many it is their middle, which stays.
    const isMoving = dueInMs !== null && count === 1 && !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const arrivesAtMs = heardMs + (dueInMs ?? 0);
    const before = going.current;
    if (before !== null) {
      if (isMoving && before.way === way && Math.abs(before.arrivesAtMs - arrivesAtMs) < DRIFT_MS) return;
      before.animation.cancel();
      going.current = null;
    }
    const at = (ms: number): string => {
      const { x, y } = placeOf({ from, to, share, dueInMs }, ms);
      return `translate(${(x * scale).toFixed(1)}px, ${(y * scale).toFixed(1)}px)`;
    };
    host.style.transform = at(0);
    if (!isMoving) return;
    // What was told may have waited for its turn.
    const sinceMs = performance.now() - heardMs;
    const duration = Math.max(0, dueInMs - sinceMs);
    const animation = host.animate([{ transform: at(sinceMs) }, { transform: at(dueInMs) }], { duration, fill: "forwards" });
    going.current = { animation, way, arrivesAtMs };
  }, [from.x, from.y, to.x, to.y, share, dueInMs, heardMs, count, scale, from, to]);
  useEffect(() => () => going.current?.animation.cancel(), []);
  return (
    <span
      ref={element}
      className={count > 1 ? styles.many : styles.pill}
      style={{ ["--hue" as string]: colour === null ? "var(--text)" : `var(--replica-${colour})` }}
      data-testid="pill"
      data-count={count}
      data-state={dueInMs === null ? "held" : "flying"}
      data-chosen={isChosen}
      onPointerDown={count > 1 || colour === null ? undefined : () => onChoose(pill.key)}
    >
      {sign}
    </span>
  );
}

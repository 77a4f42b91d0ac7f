"use client";

import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { type Cone, type Relation, relationTo } from "../../crdt/lab/causality.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import { eventName, eventText, laneName, timeText } from "./lab-words.ts";
import { headOf, layOut } from "./space-time-layout.ts";
import styles from "./space-time.module.css";

export interface SpaceTimeProps {
  /** The stretch that is shown. */
  readonly events: readonly RunEvent[];
  readonly options: SandboxOptions;
  readonly chosen: RunEvent | null;
  readonly cone: Cone | null;
  readonly onChoose: (n: number) => void;
}

/** A lane for each replica and the node, time downwards, arrows for messages. The list beside it says the same in words. */
export function SpaceTime({ events, options, chosen, cone, onChoose }: SpaceTimeProps) {
  const box = useRef<HTMLDivElement>(null);
  const roomWidth = useWidth(box);
  const { width, height, lanes, dots, arrows, times } = layOut(events, options.replicas, roomWidth, options.nodes);
  useEffect(() => {
    // The newest is at the bottom, and in sight unless somebody looks at what is further up.
    if (chosen !== null) return;
    // With the layout of the next frame: now it would take one of its own.
    const request = requestAnimationFrame(() => {
      if (box.current !== null) box.current.scrollTop = height;
    });
    return () => cancelAnimationFrame(request);
  }, [height, chosen]);
  const byNumber = new Map(events.map((event) => [event.n, event]));
  const relationOf = (n: number): Relation | "none" => {
    const event = byNumber.get(n);
    return event === undefined || cone === null || chosen === null ? "none" : relationTo(cone, chosen.n, event);
  };
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || events.length === 0) return;
    event.preventDefault();
    const at = chosen === null ? -1 : events.findIndex(({ n }) => n === chosen.n);
    const next = at < 0 ? events.length - 1 : Math.max(0, Math.min(events.length - 1, at + step));
    onChoose(events[next]!.n);
  };
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        Time runs downwards, idle stretches left out. Solid arrows arrived, dashed ones are on their way, crossed ones were lost. Up and
        down choose an event.
      </figcaption>
      <div
        ref={box}
        className={styles.scroll}
        tabIndex={0}
        role="group"
        aria-label="Space-time diagram"
        data-testid="space-time"
        onKeyDown={move}
      >
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${events.length} events`}>
          {lanes.map(({ lane, x }) => (
            <g key={lane}>
              <line x1={x} y1={20} x2={x} y2={height} className={styles.lane} style={{ stroke: hueOf(lane, options) }} />
              <text x={x} y={14} className={styles.name} style={{ fill: hueOf(lane, options) }}>
                {laneName(lane, options)}
              </text>
            </g>
          ))}
          {times.map(({ atMs, y }, at) => (
            <text key={atMs} x={4} y={y + 4} className={styles.time}>
              {at % 2 === 0 ? timeText(atMs) : ""}
            </text>
          ))}
          {arrows.map(({ message, x1, y1, x2, y2, end, event }) => (
            <g key={message} className={`${styles.message} ${styles[end]} ${styles[relationOf(event)]}`} onClick={() => onChoose(event)}>
              <line x1={x1} y1={y1} x2={x2} y2={y2} className={styles.hit} />
              <line x1={x1} y1={y1} x2={x2} y2={y2} />
              {end === "delivered" && <path d={headOf(x1, y1, x2, y2)} />}
              {end === "dropped" && <path d={`M${x2 - 4} ${y2 - 4}l8 8m0-8l-8 8`} className={styles.cross} />}
            </g>
          ))}
          {dots.map(({ event, x, y }) => (
            <g key={event.n} className={`${styles.dot} ${styles[relationOf(event.n)]}`} onClick={() => onChoose(event.n)}>
              <title>{eventText(event, options)}</title>
              {event.kind === "control" ? (
                <rect x={x - 4} y={y - 4} width={8} height={8} style={{ fill: "var(--muted)" }} />
              ) : (
                <circle cx={x} cy={y} r={5} style={{ fill: event.kind === "edit" ? hueOf(event.lane, options) : "var(--bad)" }} />
              )}
              {chosen?.n === event.n && (
                <text x={x + 9} y={y + 4} className={styles.label}>
                  {eventName(event, options)}
                </text>
              )}
            </g>
          ))}
          {chosen !== null && <Mark chosen={chosen} events={events} times={times} width={width} />}
        </svg>
      </div>
    </figure>
  );
}

/** How wide an element is inside, as it changes. */
function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

/** A line across at the moment of the chosen event. */
function Mark({
  chosen,
  events,
  times,
  width,
}: Pick<SpaceTimeProps, "events"> & {
  readonly chosen: RunEvent;
  readonly times: readonly { readonly atMs: number; readonly y: number }[];
  readonly width: number;
}) {
  const row = events.some(({ n }) => n === chosen.n) ? times.find(({ atMs }) => atMs === chosen.atMs) : undefined;
  return row === undefined ? null : <line x1={0} y1={row.y} x2={width} y2={row.y} className={styles.mark} />;
}

function hueOf(lane: number, { replicas }: SandboxOptions): string {
  return lane < replicas ? `var(--replica-${lane})` : "var(--muted)";
}

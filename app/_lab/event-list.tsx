"use client";

import { useEffect, useRef } from "react";
import { type Cone, relationTo } from "../../crdt/lab/causality.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import { eventName, eventText, timeText } from "./lab-words.ts";
import styles from "./event-list.module.css";

export interface EventListProps {
  readonly events: readonly RunEvent[];
  readonly options: SandboxOptions;
  readonly chosen: RunEvent | null;
  readonly cone: Cone | null;
  /** Whether something is left out, and so may be all. */
  readonly isFiltered: boolean;
  readonly onChoose: (n: number) => void;
}

const RELATIONS = { self: "chosen", past: "before", future: "after", concurrent: "concurrent", elsewhere: "" } as const;

/** The same events as the diagram, in words. Of a message that arrived, its sending is a link away. */
export function EventList({ events, options, chosen, cone, isFiltered, onChoose }: EventListProps) {
  const box = useRef<HTMLDivElement>(null);
  const sent = new Map(events.flatMap(({ kind, message, n }) => (kind === "sent" ? [[message, n] as const] : [])));
  const last = events.at(-1)?.n;
  useEffect(() => {
    // The newest is at the bottom, and in sight unless somebody reads further up.
    if (chosen !== null) return;
    const request = requestAnimationFrame(() => {
      if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
    });
    return () => cancelAnimationFrame(request);
  }, [last, chosen]);
  if (events.length === 0)
    return (
      <p className={styles.empty}>
        {isFiltered ? "No event so far is like that." : "Type in any replica, or switch a bot on and press Run."}
      </p>
    );
  return (
    <div ref={box} className={styles.scroll} tabIndex={0} role="group" aria-label="Events" data-testid="event-list">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Time</th>
            <th scope="col">What</th>
            <th scope="col">To the chosen</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => {
            const relation = cone === null || chosen === null ? null : relationTo(cone, chosen.n, event);
            const from = event.kind === "delivered" ? sent.get(event.message) : undefined;
            return (
              <tr key={event.n} className={relation === null ? "" : styles[relation]}>
                <th scope="row">
                  <button type="button" aria-pressed={chosen?.n === event.n} onClick={() => onChoose(event.n)}>
                    {eventName(event, options)}
                  </button>
                </th>
                <td>{timeText(event.atMs)}</td>
                <td>
                  {eventText(event, options)}
                  {from !== undefined && (
                    <>
                      {", sent as "}
                      <button type="button" onClick={() => onChoose(from)}>
                        #{from}
                      </button>
                    </>
                  )}
                </td>
                <td>{relation === null ? "" : RELATIONS[relation]}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

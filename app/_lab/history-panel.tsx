"use client";

import { memo, useRef, useState } from "react";
import { coneOf } from "../../crdt/lab/causality.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import { EventList } from "./event-list.tsx";
import styles from "./history-panel.module.css";
import { causalText } from "./lab-words.ts";
import { SpaceTime } from "./space-time.tsx";
import { lastEvents } from "./space-time-layout.ts";

const TABS = [
  { id: "space-time", title: "Space-time" },
  { id: "list", title: "List" },
] as const;
/** How many events are shown: more than a person follows, few enough to be drawn at once. */
const SHOWN_MAX = 120;
const NOTHING = { past: [], future: [] };

export interface HistoryPanelProps {
  /** A list that grows: `latest` says how far. */
  readonly events: readonly RunEvent[];
  /** The last event in view. */
  readonly latest: number;
  readonly options: SandboxOptions;
  readonly chosen: number | null;
  readonly onChoose: (n: number | null) => void;
}

/** What happened, as a diagram or as a list, and how one event stands to all others. */
export const HistoryPanel = memo(function HistoryPanel({ events, latest, options, chosen, onChoose }: HistoryPanelProps) {
  const [tab, setTab] = useState<(typeof TABS)[number]["id"]>("space-time");
  const tabs = useRef<HTMLDivElement>(null);
  const event = chosen === null ? null : (events[chosen] ?? null);
  const cone = event === null || event.lane < 0 ? null : coneOf(events, event.n, options.replicas + (options.nodes ?? 1));
  const shown = lastEvents(events, latest, SHOWN_MAX);
  const props = { events: shown, options, chosen: event, cone, onChoose };
  return (
    <section className={styles.panel} aria-label="What happened">
      <div
        ref={tabs}
        role="tablist"
        aria-label="Views"
        className={styles.tabs}
        onKeyDown={({ key }) => {
          if (key !== "ArrowLeft" && key !== "ArrowRight") return;
          const next = TABS.find(({ id }) => id !== tab)!;
          setTab(next.id);
          tabs.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
        }}
      >
        {TABS.map(({ id, title }) => (
          <button
            key={id}
            id={`tab-${id}`}
            type="button"
            role="tab"
            aria-selected={tab === id}
            aria-controls="history-view"
            tabIndex={tab === id ? 0 : -1}
            onClick={() => setTab(id)}
          >
            {title}
          </button>
        ))}
      </div>
      <div className={styles.bar}>
        <p className={styles.sentence} data-testid="causal-text">
          {event === null
            ? "Choose an event to see what came before it, what after, and what was concurrent."
            : causalText(events, event.n, cone ?? NOTHING, options)}
        </p>
        {event !== null && (
          <button type="button" onClick={() => onChoose(null)}>
            Choose none
          </button>
        )}
      </div>
      <div id="history-view" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "space-time" ? <SpaceTime {...props} /> : <EventList {...props} />}
      </div>
    </section>
  );
});

"use client";

import dynamic from "next/dynamic";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { CausalIndex } from "../../crdt/lab/causal-index.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import { EventList } from "./event-list.tsx";
import { HistoryExport } from "./history-export.tsx";
import { FIRST_FILTER, type HistoryFilter, ShownEvents } from "./history-filter.ts";
import { HistoryFilters } from "./history-filters.tsx";
import styles from "./history-panel.module.css";
import type { EarlierRun } from "./lab-run.ts";
import { causalText } from "./lab-words.ts";
import { SpaceTime } from "./space-time.tsx";

const RunDifferenceView = dynamic(() => import("./run-difference.tsx").then(({ RunDifferenceView: component }) => component), {
  ssr: false,
});

const TABS = [
  { id: "space-time", title: "Space-time" },
  { id: "list", title: "List" },
  { id: "difference", title: "Difference" },
] as const;
/** How many events are shown: more than a person follows, few enough to be drawn at once. */
const SHOWN_MAX = 120;
/** How many events are looked through between two frames of the screen. */
const LOOK_MAX = 4_000;

export interface HistoryPanelProps {
  /** A list that grows: `length` says how far it is known, `latest` up to where it is in view. */
  readonly events: readonly RunEvent[];
  readonly length: number;
  readonly latest: number;
  readonly options: SandboxOptions;
  readonly hash: string;
  readonly isRunning: boolean;
  /** Runs to compare this one with. */
  readonly before: EarlierRun | null;
  readonly kept: EarlierRun | null;
  readonly onKeep: () => void;
  readonly chosen: number | null;
  readonly onChoose: (n: number | null) => void;
}

/** What happened, as a diagram or as a list, and how one event stands to all others. */
export const HistoryPanel = memo(function HistoryPanel(panel: HistoryPanelProps) {
  const { events, length, latest, options, hash, isRunning, before, kept, onKeep, chosen, onChoose } = panel;
  const [tab, setTab] = useState<(typeof TABS)[number]["id"]>("space-time");
  const [filter, setFilter] = useState(FIRST_FILTER);
  const tabs = useRef<HTMLDivElement>(null);
  const { shown, share, all } = useShown({ events, length, latest, options, filter });
  const causal = useCausal({ events, length, options, chosen });
  const event = causal?.self ?? null;
  const cone = causal === null || causal.self.lane < 0 ? null : causal.cone;
  const props = { events: shown, options, chosen: event, cone };
  return (
    <section className={styles.panel} aria-label="What happened" data-region>
      <div
        ref={tabs}
        role="tablist"
        aria-label="Views"
        className={styles.tabs}
        onKeyDown={({ key }) => {
          if (key !== "ArrowLeft" && key !== "ArrowRight") return;
          const at = TABS.findIndex(({ id }) => id === tab);
          const next = TABS[(at + (key === "ArrowRight" ? 1 : TABS.length - 1)) % TABS.length]!;
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
      {tab !== "difference" && (
        <>
          <div className={styles.bar}>
            <p className={styles.sentence} data-testid="causal-text">
              {causal === null
                ? "Choose an event to see what came before it, what after, and what was concurrent."
                : causalText(causal, options)}
            </p>
            {event !== null && (
              <button type="button" onClick={() => onChoose(null)}>
                Choose none
              </button>
            )}
            <HistoryExport picture={props} filter={filter} all={all} hash={hash} />
          </div>
          <HistoryFilters filter={filter} options={options} shown={shown.length} share={share} onFilter={setFilter} />
        </>
      )}
      <div id="history-view" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "space-time" ? (
          <SpaceTime {...props} onChoose={onChoose} />
        ) : tab === "difference" ? (
          <RunDifferenceView {...{ events, length, options, isRunning, before, kept, onKeep, onChoose }} />
        ) : (
          <EventList {...props} isFiltered={filter !== FIRST_FILTER && length > 0} onChoose={onChoose} />
        )}
      </div>
    </section>
  );
});

interface Shown {
  readonly shown: readonly RunEvent[];
  /** How much of the run has been looked through, 0 to 1. */
  readonly share: number;
  readonly all: () => readonly RunEvent[];
}

/** The last events that the filter lets through, found a stretch for each frame of the screen. */
function useShown({
  events,
  length,
  latest,
  options,
  filter,
}: Pick<HistoryPanelProps, "events" | "length" | "latest" | "options"> & { readonly filter: HistoryFilter }): Shown {
  const found = useMemo(() => new ShownEvents(events, filter, options), [events, filter, options]);
  const [looks, setLooks] = useState(0);
  // Looking is idempotent: a render that is thrown away has only looked ahead.
  const isDone = found.look(LOOK_MAX);
  useEffect(() => {
    if (isDone) return;
    const request = requestAnimationFrame(() => setLooks(looks + 1));
    return () => cancelAnimationFrame(request);
  }, [isDone, looks]);
  const last = Math.min(latest, length - 1);
  return { shown: found.last(last, SHOWN_MAX), share: found.share, all: () => found.last(last) };
}

function useCausal({
  events,
  length,
  options,
  chosen,
}: Pick<HistoryPanelProps, "events" | "length" | "options" | "chosen">): CausalIndex | null {
  const index = useMemo(
    () =>
      chosen === null || events[chosen] === undefined ? null : new CausalIndex(events, chosen, options.replicas + (options.nodes ?? 1)),
    [events, options, chosen],
  );
  // Takes in what is new, once: a render that is thrown away has only been early.
  if (length > 0) index?.update();
  return index;
}

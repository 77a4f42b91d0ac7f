"use client";

import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import { FIRST_FILTER, HISTORY_KINDS, type HistoryFilter } from "./history-filter.ts";
import styles from "./history-filters.module.css";
import { laneName } from "./lab-words.ts";

export interface HistoryFiltersProps {
  readonly filter: HistoryFilter;
  readonly options: SandboxOptions;
  /** How many events are shown, and whether all have been looked through. */
  readonly shown: number;
  readonly share: number;
  readonly onFilter: (filter: HistoryFilter) => void;
}

/** What the list and the diagram leave out. */
export function HistoryFilters({ filter, options, shown, share, onFilter }: HistoryFiltersProps) {
  const { lane, kinds, words } = filter;
  const isFirst = lane === null && words === "" && kinds.join() === FIRST_FILTER.kinds.join();
  return (
    <div className={styles.filters} role="group" aria-label="Filter events">
      <label className={styles.field}>
        <span>Of</span>
        <select
          data-testid="filter-lane"
          value={lane ?? ""}
          onChange={({ target }) => onFilter({ ...filter, lane: target.value === "" ? null : Number(target.value) })}
        >
          <option value="">everybody</option>
          {Array.from({ length: options.replicas + (options.nodes ?? 1) }, (_, each) => (
            <option key={each} value={each}>
              {laneName(each, options)}
            </option>
          ))}
        </select>
      </label>
      {HISTORY_KINDS.map(({ id, title }) => (
        <label key={id} className={styles.kind}>
          <input
            type="checkbox"
            data-testid={`filter-${id}`}
            checked={kinds.includes(id)}
            onChange={({ target }) =>
              onFilter({
                ...filter,
                // In the order of the list, so that the same choice is the same filter.
                kinds: HISTORY_KINDS.flatMap((kind) => ((kind.id === id ? target.checked : kinds.includes(kind.id)) ? [kind.id] : [])),
              })
            }
          />
          {title}
        </label>
      ))}
      <input
        type="search"
        className={styles.words}
        aria-label="Only events that say"
        placeholder="Words"
        data-testid="filter-words"
        value={words}
        onChange={({ target }) => onFilter({ ...filter, words: target.value })}
      />
      {!isFirst && (
        <button type="button" data-testid="filter-none" onClick={() => onFilter(FIRST_FILTER)}>
          Show the usual
        </button>
      )}
      <span className={styles.count} data-testid="filter-count">
        {share < 1 ? `Looking: ${Math.floor(share * 100)} %` : `${shown} shown`}
      </span>
    </div>
  );
}

"use client";

import { memo, useEffect, useRef } from "react";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { CatalogueList } from "./catalogue-list.tsx";
import styles from "./catalogue-rail.module.css";

export interface CatalogueRailProps {
  readonly strategy: StrategyName;
  /** How often somebody asked for it: then the search has the focus. */
  readonly asked: number;
  readonly onHide: () => void;
}

/** The scenarios beside the world, where there is room. */
export const CatalogueRail = memo(function CatalogueRail({ strategy, asked, onHide }: CatalogueRailProps) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (asked > 0) search.current?.focus();
  }, [asked]);
  return (
    <aside className={styles.rail} aria-label="Scenarios" data-region data-testid="catalogue">
      <div className={styles.head}>
        <h2>Scenarios</h2>
        <button type="button" data-testid="rail-hide" onClick={onHide}>
          Hide
        </button>
      </div>
      <CatalogueList strategy={strategy} searchRef={search} />
    </aside>
  );
});

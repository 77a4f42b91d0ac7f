"use client";

import { lazy, Suspense, useEffect, useRef } from "react";
import type { LedgerPanelProps } from "../_ledger/ledger-panel.tsx";
import type { NetworkPanelProps } from "../_network/network-panel.tsx";
import styles from "./drawer.module.css";
import { PANEL_TITLES, PANELS, type PanelName } from "./use-panel.ts";

// A first note needs none of them.
const NetworkPanel = lazy(() => import("../_network/network-panel.tsx").then(({ NetworkPanel: panel }) => ({ default: panel })));
const ReplicasPanel = lazy(() => import("../_convergence/replicas-panel.tsx").then(({ ReplicasPanel: panel }) => ({ default: panel })));
const CalmControl = lazy(() => import("../_client/calm-control.tsx").then(({ CalmControl: part }) => ({ default: part })));
const LedgerPanel = lazy(() => import("../_ledger/ledger-panel.tsx").then(({ LedgerPanel: panel }) => ({ default: panel })));

export interface DrawerProps extends LedgerPanelProps, NetworkPanelProps {
  readonly panel: PanelName;
  readonly onPanel: (panel: PanelName | null) => void;
}

/** Lies over the right side, so that opening it moves no text. Escape closes it. */
export function Drawer({ panel, onPanel, bot, note, titleStamp, ...ledger }: DrawerProps) {
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    body.current?.scrollTo(0, 0);
  }, [panel]);
  return (
    <aside
      id="drawer"
      className={styles.drawer}
      data-region="drawer"
      aria-label={PANEL_TITLES[panel]}
      onKeyDown={({ key }) => {
        if (key === "Escape") onPanel(null);
      }}
    >
      <div className={styles.head}>
        <div role="tablist" aria-label="Panels" className={styles.tabs}>
          {PANELS.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={panel === name}
              aria-controls="drawer-body"
              tabIndex={panel === name ? 0 : -1}
              className={styles.tab}
              onClick={() => onPanel(name)}
              onKeyDown={(event) => {
                const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
                if (step === 0) return;
                const next = PANELS[(PANELS.indexOf(name) + step + PANELS.length) % PANELS.length];
                onPanel(next ?? name);
                const tabs = event.currentTarget.parentElement?.querySelectorAll<HTMLElement>('[role="tab"]');
                tabs?.[PANELS.indexOf(next ?? name)]?.focus();
              }}
            >
              {PANEL_TITLES[name]}
            </button>
          ))}
        </div>
        <button type="button" className={styles.close} aria-label="Close the panel" onClick={() => onPanel(null)}>
          ✕
        </button>
      </div>
      <div ref={body} id="drawer-body" role="tabpanel" tabIndex={0} aria-label={PANEL_TITLES[panel]} className={styles.body}>
        <Suspense fallback={<p role="status">Opening the panel …</p>}>
          <CalmControl>
            {panel === "network" && <NetworkPanel bot={bot} note={note} titleStamp={titleStamp} />}
            {panel === "replicas" && <ReplicasPanel />}
            {panel === "ledger" && <LedgerPanel {...ledger} />}
          </CalmControl>
        </Suspense>
      </div>
    </aside>
  );
}

import { useCallback, useState } from "react";

export const PANELS = ["network", "replicas", "ledger"] as const;
export type PanelName = (typeof PANELS)[number];

export const PANEL_TITLES: Readonly<Record<PanelName, string>> = { network: "Network", replicas: "Replicas", ledger: "Ledger" };

/** Which panel of the drawer is open, kept in the address. */
export function usePanel(): readonly [PanelName | null, (panel: PanelName | null) => void] {
  const [panel, setPanel] = useState<PanelName | null>(read);
  const choose = useCallback((next: PanelName | null) => {
    const url = new URL(window.location.href);
    if (next === null) url.searchParams.delete("panel");
    else url.searchParams.set("panel", next);
    window.history.replaceState(window.history.state, "", url);
    setPanel(next);
  }, []);
  return [panel, choose];
}

function read(): PanelName | null {
  const wanted = new URLSearchParams(window.location.search).get("panel");
  return PANELS.find((name) => name === wanted) ?? null;
}

import { useEffect, useState } from "react";
import { useControlPart, useSend } from "../_client/use-control.ts";
import { isCutByHand } from "../_network/link-word.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import { focusRegion } from "./regions.ts";
import { openReplica } from "./open-replica.ts";
import { PANELS, type PanelName } from "./use-panel.ts";

/** Keys that work anywhere on the page. Single keys act outside of text only. */
export function useShortcuts({ setPanel }: { readonly setPanel: (panel: PanelName | null) => void }): {
  readonly isHelpOpen: boolean;
  readonly openHelp: () => void;
  readonly closeHelp: () => void;
} {
  const send = useSend();
  const { self, mayBreak, isCut } = useControlPart(({ replicas, ...control }) => ({
    self: control.self,
    mayBreak: control.mayBreak,
    isCut: isCutByHand(replicas.find(({ replicaId }) => replicaId === control.self)?.conditions ?? CLEAR_BOTH),
  }));
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isMod = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      const run = (act: () => void): void => {
        event.preventDefault();
        act();
      };
      if (key === "f6") run(() => focusRegion(event.shiftKey ? -1 : 1));
      else if (isMod && !event.shiftKey && key === "k") run(() => focusOn("note-search"));
      else if (event.altKey && !isMod && event.code === "KeyN") run(() => openNewNote());
      else if (event.altKey && !isMod && event.code === "KeyW") run(() => focusOn("convergence-strip"));
      else if (isMod && event.shiftKey && key === "l") run(() => setPanel(PANELS[0]));
      else if (isMod && event.shiftKey && key === "e") run(openReplica);
      else if (mayBreak && isMod && event.shiftKey && key === "o") {
        run(() => {
          const cut = isCut ? "open" : "blackhole";
          send({ type: "set-links", replicaId: self, up: { cut }, down: { cut } });
        });
      } else if (key === "?" && !isMod && !isText(event.target)) run(() => setHelpOpen(true));
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [isCut, self, mayBreak, send, setPanel]);
  return { isHelpOpen, openHelp: () => setHelpOpen(true), closeHelp: () => setHelpOpen(false) };
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function focusOn(testId: string): void {
  document.querySelector<HTMLElement>(`[data-testid="${testId}"]`)?.focus();
}

function openNewNote(): void {
  focusOn("new-note");
  if (document.activeElement instanceof HTMLElement) document.activeElement.click();
}

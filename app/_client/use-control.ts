import { createContext, use, useSyncExternalStore } from "react";
import type { ControlCommand, FabricCommand } from "../../crdt/sync/control-messages.ts";
import type { HoldCommand } from "../../crdt/sync/held-messages.ts";
import type { LeaseCommand } from "../../crdt/sync/lease-messages.ts";
import type { ControlClient, ControlState } from "./control-client.ts";

/** The control plane of this tab, for everything below it. */
export const ControlContext = createContext<ControlClient | null>(null);

/** What it said a moment ago, for what need not be told of everything at once (calm-control.tsx); null: at once. */
export const CalmContext = createContext<ControlState | null>(null);

/** What the control plane last said, and how to command it. Only below a ControlContext. */
export function useControl(): ControlState & {
  readonly send: (command: ControlCommand | FabricCommand | HoldCommand | LeaseCommand) => void;
} {
  const client = use(ControlContext);
  const calm = use(CalmContext);
  if (client === null) throw new Error("useControl needs a ControlContext above it");
  const state = useSyncExternalStore(
    calm === null ? client.subscribe : never,
    () => calm ?? client.state(),
    () => calm ?? client.state(),
  );
  return { ...state, send: client.send };
}

function never(): () => void {
  return () => undefined;
}

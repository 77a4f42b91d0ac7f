import { createContext, use, useSyncExternalStore } from "react";
import type { ControlCommand, FabricCommand } from "../../crdt/sync/control-messages.ts";
import type { HoldCommand } from "../../crdt/sync/held-messages.ts";
import type { ControlClient, ControlState } from "./control-client.ts";

/** The control plane of this tab, for everything below it. */
export const ControlContext = createContext<ControlClient | null>(null);

/** What the control plane last said, and how to command it. Only below a ControlContext. */
export function useControl(): ControlState & { readonly send: (command: ControlCommand | FabricCommand | HoldCommand) => void } {
  const client = use(ControlContext);
  if (client === null) throw new Error("useControl needs a ControlContext above it");
  const state = useSyncExternalStore(client.subscribe, client.state, client.state);
  return { ...state, send: client.send };
}

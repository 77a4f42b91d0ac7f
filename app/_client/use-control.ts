import { createContext, use, useRef, useSyncExternalStore } from "react";
import type { ControlCommand, FabricCommand } from "../../crdt/sync/control-messages.ts";
import type { HoldCommand } from "../../crdt/sync/held-messages.ts";
import type { LeaseCommand } from "../../crdt/sync/lease-messages.ts";
import type { ControlClient, ControlState } from "./control-client.ts";
import { shareStructure } from "./share-structure.ts";

/** The control plane of this tab, for everything below it. */
export const ControlContext = createContext<ControlClient | null>(null);

/** What it said a moment ago, for what need not be told of everything at once (calm-control.tsx); null: at once. */
export const CalmContext = createContext<ControlState | null>(null);

type Send = (command: ControlCommand | FabricCommand | HoldCommand | LeaseCommand) => void;

/** What the control plane last said, and how to command it. Only below a ControlContext. Draws anew with everything that is said. */
export function useControl(): ControlState & { readonly send: Send } {
  const client = useControlClient();
  const calm = use(CalmContext);
  const state = useSyncExternalStore(
    calm === null ? client.subscribeDrawing : never,
    () => calm ?? client.state(),
    () => calm ?? client.state(),
  );
  return { ...state, send: client.send };
}

/**
 * What `select` makes of what the control plane last said: plain values. The same object until it differs, and the same in every
 * part that does not; draws anew only then. Only below a ControlContext.
 */
export function useControlPart<T>(select: (state: ControlState) => T): T {
  const client = useControlClient();
  const calm = use(CalmContext);
  const kept = useRef<T | undefined>(undefined);
  const look = (): T => (kept.current = shareStructure(kept.current, select(calm ?? client.state())));
  return useSyncExternalStore(calm === null ? client.subscribeDrawing : never, look, look);
}

/** How to command it: the same function all the time. Only below a ControlContext. */
export function useSend(): Send {
  return useControlClient().send;
}

/** Only below a ControlContext. */
export function useControlClient(): ControlClient {
  const client = use(ControlContext);
  if (client === null) throw new Error("useControlClient needs a ControlContext above it");
  return client;
}

function never(): () => void {
  return () => undefined;
}

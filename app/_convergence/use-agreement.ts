import { useEffect, useMemo, useState } from "react";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { type Agreement, agreementOf } from "./agreement.ts";

/** The strategy of the note that these replicas hold, once its code is here. */
export function useNoteStrategy(replicas: readonly Pick<ReplicaStatus, "strategy">[]): Strategy | null {
  const name = replicas.find(({ strategy }) => strategy !== null)?.strategy ?? null;
  const [strategy, setStrategy] = useState<Strategy | null>(null);
  useEffect(() => {
    if (name === null) return;
    let isCurrent = true;
    void loadStrategy(name).then((loaded) => {
      if (isCurrent) setStrategy(loaded);
    });
    return () => {
      isCurrent = false;
    };
  }, [name]);
  return strategy?.name === name ? strategy : null;
}

/** Who agrees with whom among `replicas`; null until the strategy that can compare them is loaded. */
export function useAgreement(replicas: readonly ReplicaStatus[], strategy: Strategy | null): Agreement | null {
  return useMemo(() => (strategy === null ? null : agreementOf(replicas, strategy.compare)), [replicas, strategy]);
}

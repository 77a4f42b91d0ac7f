"use client";

import type { ControlState } from "../_client/control-client.ts";
import { useControlPart, useSend } from "../_client/use-control.ts";
import { useNoteStrategy } from "../_convergence/use-agreement.ts";
import { boardFactsOf, peopleOf } from "./board-facts.ts";
import { capOf } from "./cap.ts";
import { CapCard } from "./cap-card.tsx";
import styles from "./fabric.module.css";
import { captionsOf } from "./island-captions.ts";
import { LinkList } from "./link-list.tsx";
import { NodeLinks } from "./node-links.tsx";
import { NodeControls } from "./node-controls.tsx";
import { PartitionBoard } from "./partition-board.tsx";
import { PartitionGroups } from "./partition-groups.tsx";
import { useServerNow } from "./use-server-now.ts";

export interface FabricPanelProps {
  /** The key of the message that is chosen in the list. */
  readonly chosen: string | null;
  /** The same function all the time. */
  readonly onChoose: (key: string) => void;
}

/** The server's nodes and what joins them. Nothing where the server is one node. */
export function FabricPanel({ chosen, onChoose }: FabricPanelProps) {
  const send = useSend();
  const { replicas, facts, strategies, self, mayBreak } = useControlPart(shown);
  const nodes = useControlPart(({ fabric }) => fabric?.nodes ?? null);
  const links = useControlPart(({ fabric }) => (fabric?.links ?? []).map(({ from, to, conditions }) => ({ from, to, conditions })));
  const strategy = useNoteStrategy(strategies);
  const cap = useControlPart((control) =>
    strategy === null || control.fabric === null
      ? null
      : capOf({ fabric: control.fabric, replicas: control.replicas, traits: strategy.traits }),
  );
  const captions = useControlPart(() => (cap === null ? [] : captionsOf(cap)));
  const isTicking = facts !== null && (facts.schedule.length > 0 || facts.nodes.some(({ state }) => state === "paused"));
  const nowMs = useServerNow(isTicking ? 1_000 : null);
  if (facts === null || nodes === null || nodes.length < 2) return null;
  return (
    <section className={styles.panel} aria-label="Servers" data-testid="fabric">
      {cap !== null && <CapCard cap={cap} />}
      {mayBreak && (
        <p className={styles.note}>
          <a href="/beside" data-testid="open-beside">
            The same cut in an available and a consistent note, side by side
          </a>
        </p>
      )}
      <PartitionBoard
        fabric={facts}
        replicas={replicas}
        captions={captions}
        mayBreak={mayBreak}
        send={send}
        chosen={chosen}
        onChoose={onChoose}
      />
      {mayBreak && <PartitionGroups fabric={facts} replicas={replicas} self={self} nowMs={nowMs} send={send} />}
      <LinkList fabric={facts} replicas={replicas} mayBreak={mayBreak} send={send} />
      {mayBreak && <NodeLinks links={links} send={send} />}
      <NodeControls nodes={nodes} replicas={replicas} self={self} nowMs={nowMs} mayBreak={mayBreak} send={send} />
    </section>
  );
}

function shown({ replicas, fabric, self, mayBreak }: ControlState) {
  return {
    replicas: peopleOf(replicas),
    facts: fabric === null ? null : boardFactsOf(fabric),
    strategies: replicas.map(({ strategy }) => ({ strategy })),
    self,
    mayBreak,
  };
}

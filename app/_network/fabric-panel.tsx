"use client";

import { useControl } from "../_client/use-control.ts";
import { useNoteStrategy } from "../_convergence/use-agreement.ts";
import { capOf } from "./cap.ts";
import { CapCard } from "./cap-card.tsx";
import styles from "./fabric.module.css";
import { LinkList } from "./link-list.tsx";
import { NodeControls } from "./node-controls.tsx";
import { PartitionBoard } from "./partition-board.tsx";
import { PartitionGroups } from "./partition-groups.tsx";
import { useServerNow } from "./use-server-now.ts";

const NOTHING: readonly never[] = [];

export interface FabricPanelProps {
  /** The key of the message that is chosen in the list. */
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

/** The server's nodes and what joins them. Nothing where the server is one node. */
export function FabricPanel({ chosen, onChoose }: FabricPanelProps) {
  const { noteId, messages, messagesHeardMs, replicas, fabric, self, mayBreak, serverOffsetMs, send } = useControl();
  const strategy = useNoteStrategy(replicas);
  const isTicking = fabric !== null && (fabric.schedule.length > 0 || fabric.nodes.some(({ state }) => state === "paused"));
  const nowMs = useServerNow(serverOffsetMs, isTicking ? 1_000 : null);
  if (fabric === null || fabric.nodes.length < 2) return null;
  const people = replicas.filter(({ kind }) => kind !== "node");
  return (
    <section className={styles.panel} aria-label="Servers" data-testid="fabric">
      {strategy !== null && <CapCard cap={capOf({ fabric, replicas, traits: strategy.traits })} />}
      {mayBreak && (
        <p className={styles.note}>
          <a href="/beside" data-testid="open-beside">
            The same cut in an available and a consistent note, side by side
          </a>
        </p>
      )}
      <PartitionBoard
        fabric={fabric}
        replicas={people}
        mayBreak={mayBreak}
        send={send}
        messages={messages?.noteId === noteId ? messages.links : NOTHING}
        nodeFlights={messages?.noteId === noteId ? messages.nodes : NOTHING}
        heardMs={messagesHeardMs}
        chosen={chosen}
        onChoose={onChoose}
      />
      {mayBreak && <PartitionGroups fabric={fabric} replicas={people} self={self} nowMs={nowMs} send={send} />}
      <LinkList fabric={fabric} replicas={people} mayBreak={mayBreak} send={send} />
      <NodeControls fabric={fabric} replicas={people} self={self} nowMs={nowMs} mayBreak={mayBreak} send={send} />
    </section>
  );
}

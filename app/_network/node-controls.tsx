"use client";

import { memo } from "react";
import type { FabricCommand, NodeAction, NodeStatus } from "../../crdt/sync/control-messages.ts";
import type { Person } from "./board-facts.ts";
import styles from "./fabric.module.css";
import { endName, homeOf } from "./node-rows.ts";

const PAUSE_MS = 10_000;
const SLOW_MS = 500;

export interface NodeControlsProps {
  readonly nodes: readonly NodeStatus[];
  readonly replicas: readonly Person[];
  readonly self: string | null;
  readonly nowMs: number;
  readonly mayBreak: boolean;
  readonly send: (command: FabricCommand) => void;
}

/** Each server node: how it is, and what can be done to it. */
export function NodeControls(props: NodeControlsProps) {
  const { nodes, replicas, self, nowMs, mayBreak, send } = props;
  const home = self === null ? null : homeOf(self, { nodes });
  return (
    <>
      <ul className={styles.nodes}>
        {nodes.map((node) => (
          <Node key={node.id} node={node} replicas={replicas} nowMs={nowMs} mayBreak={mayBreak} send={send} />
        ))}
      </ul>
      {mayBreak && self !== null && (
        <label className={styles.seconds}>
          This tab sits on
          <select
            value={home ?? ""}
            data-testid="move-self"
            onChange={({ target }) => send({ type: "move", replica: self, node: target.value })}
          >
            {home === null && <option value="">no node</option>}
            {nodes.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

type NodeProps = Pick<NodeControlsProps, "replicas" | "nowMs" | "mayBreak" | "send"> & { readonly node: NodeStatus };

const Node = memo(function Node({ node, replicas, nowMs, mayBreak, send }: NodeProps) {
  const { id, state, disk, clients, note } = node;
  const act = (action: NodeAction, ms?: number): void => send({ type: "node", node: id, action, ...(ms === undefined ? {} : { ms }) });
  const order = note?.order ?? null;
  const names = clients
    .filter((client) => replicas.some(({ replicaId }) => replicaId === client))
    .map((client) => endName(client, replicas));
  return (
    <li className={styles.nodeRow} data-testid="node-row" data-node={id}>
      <div className={styles.nodeTitle}>
        <strong>{id}</strong>
        <span className={state === "up" ? styles.may : styles.mayNot} data-testid="node-state">
          {stateText(node, nowMs)}
        </span>
        <span className={styles.note}>{names.length === 0 ? "nobody of this note" : names.join(", ")}</span>
      </div>
      <p className={styles.note}>
        {note === null ? "This note is not open here." : `${note.durable} of ${note.position} updates on disk`}
        {note?.digest != null && (
          <>
            {" · text "}
            <code>{note.digest.contentHash.slice(0, 6)}</code>
          </>
        )}
        {disk.extraMs > 0 && ` · disk ${disk.extraMs} ms slower`}
        {disk.trouble !== null && ` · ${disk.trouble}`}
        {!disk.isSettled && " · new disk: serves nothing before it has heard from every other node"}
        {order !== null &&
          (order.token === null
            ? ` · ${order.leader === null ? "no leader known" : `follows ${order.leader}`}`
            : ` · leads under token ${order.token}`)}
      </p>
      {mayBreak && (
        <div className={styles.buttons}>
          {state === "down" ? (
            <button type="button" onClick={() => act("restart")}>
              Restart {id}
            </button>
          ) : (
            <>
              <button type="button" aria-label={`Crash ${id}`} title="Memory is gone; its disk is not" onClick={() => act("crash")}>
                Crash
              </button>
              {state === "paused" ? (
                <button type="button" aria-label={`Wake ${id}`} onClick={() => act("resume")}>
                  Wake
                </button>
              ) : (
                <button
                  type="button"
                  aria-label={`Pause ${id} for 10 s`}
                  title="As a garbage collection would"
                  onClick={() => act("pause", PAUSE_MS)}
                >
                  Pause 10 s
                </button>
              )}
            </>
          )}
          <button
            type="button"
            aria-label={`${disk.extraMs > 0 ? "Disk of full speed" : "Slow disk"} for ${id}`}
            onClick={() => act("slow-disk", disk.extraMs > 0 ? 0 : SLOW_MS)}
          >
            {disk.extraMs > 0 ? "Disk as before" : "Slow disk"}
          </button>
          <button
            type="button"
            aria-label={`${id} loses its disk`}
            title="It comes back empty, and learns from the others"
            onClick={() => act("lose-disk")}
          >
            Lose disk
          </button>
        </div>
      )}
    </li>
  );
});

function stateText({ state, pausedUntilMs }: NodeStatus, nowMs: number): string {
  if (state !== "paused" || pausedUntilMs === null) return state;
  return `paused, ${Math.max(0, Math.ceil((pausedUntilMs - nowMs) / 1_000))} s left`;
}

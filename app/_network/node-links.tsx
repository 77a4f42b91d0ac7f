"use client";

import { memo, useState } from "react";
import type { FabricCommand, NodesAnswer } from "../../crdt/sync/control-messages.ts";
import { DatagramControls } from "./datagram-controls.tsx";
import styles from "./fabric.module.css";
import { LinkControls } from "./link-controls.tsx";
import { conditionsText, type DirectionChoice, type LinksPatch } from "./link-state.ts";

type NodeLink = Pick<NodesAnswer["links"][number], "from" | "to" | "conditions">;

export interface NodeLinksProps {
  readonly links: readonly NodeLink[];
  readonly send: (command: FabricCommand) => void;
}

/** How slow and how lossy the links between nodes are, one pair after the other. What cuts them is beside it. */
export const NodeLinks = memo(function NodeLinks({ links, send }: NodeLinksProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.more} data-testid="node-links" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Conditions between nodes</summary>
      {isOpen && (
        <ul className={styles.nodeLinks}>
          {links.map((link) => (
            <NodeLinkRow key={`${link.from} ${link.to}`} link={link} send={send} />
          ))}
        </ul>
      )}
    </details>
  );
});

function NodeLinkRow({ link, send }: { readonly link: NodeLink; readonly send: NodeLinksProps["send"] }) {
  const { from, to, conditions } = link;
  const [direction, setDirection] = useState<DirectionChoice>("both");
  const label = `${from} and ${to}`;
  const onSet = (patch: LinksPatch): void => send({ type: "set-node-link", nodes: [from, to], ...patch });
  return (
    <li data-testid={`node-link-${from}-${to}`}>
      <p className={styles.note}>
        {from} → {to}: {conditionsText(conditions.up)} · {to} → {from}: {conditionsText(conditions.down)}
      </p>
      <LinkControls
        label={label}
        conditions={conditions}
        direction={direction}
        onDirection={setDirection}
        names={{ up: `${from} → ${to}`, down: `${to} → ${from}` }}
        onSet={onSet}
      />
      <DatagramControls label={label} conditions={conditions} direction={direction} onSet={onSet} />
    </li>
  );
}

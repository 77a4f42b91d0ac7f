"use client";

import { LATENCY_MS_MAX } from "../../crdt/network/conditions.ts";
import { parseMs } from "../_network/link-state.ts";
import type { NodeLinkView, NodeView } from "../../crdt/lab/sandbox-views.ts";
import { FieldsView } from "./fields-view.tsx";
import { Fixed } from "./fixed.tsx";
import type { LabFrame } from "./lab-messages.ts";
import { listText, timeText } from "./lab-words.ts";
import styles from "./nodes-panel.module.css";
import { useLab } from "./use-lab.ts";

/** Longer than a lease lasts. */
const PAUSE_MS = 12_000;
const STATES = { up: "Up", paused: "Stands still", down: "Down" } as const;

/** The nodes at the moment in view: what each holds, whom it reaches, who leads, what can be done to them and to the links between them. */
export function NodesPanel({ frame }: { readonly frame: LabFrame }) {
  const { nodes, nodeLinks, past } = frame;
  return (
    <section className={styles.panel} aria-labelledby="nodes-title" data-testid="nodes-panel">
      <h2 id="nodes-title" className={styles.title}>
        {nodes.length === 1 ? "Node" : "Nodes"}
        {past !== null && <span className={styles.note}>as of {timeText(past.atMs)}</span>}
      </h2>
      <Fixed isPast={past !== null}>
        <div className={styles.nodes}>
          {nodes.map((node, n) => (
            <NodeCard key={`S${n + 1}`} frame={frame} node={node} n={n} />
          ))}
        </div>
        {nodes.length > 1 && <NodeLinks count={nodes.length} links={nodeLinks} />}
      </Fixed>
    </section>
  );
}

function NodeCard({ frame, node, n }: { readonly frame: LabFrame; readonly node: NodeView; readonly n: number }) {
  const run = useLab();
  const { state, isLeader, reaches, order, text, hash, fields } = node;
  const name = `S${n + 1}`;
  const isSeveral = frame.nodes.length > 1;
  const here = frame.replicas.flatMap((view, replica) => (view.node === n ? ["ABCDEF".charAt(replica)] : []));
  const act = (action: string, more: Readonly<Record<string, unknown>> = {}): void =>
    run.act({ do: "step", step: { do: "server", node: name, action, ...more } });
  return (
    <article className={styles.node} aria-label={`Node ${name}`} data-testid={`node-${name}`} data-state={state}>
      <header className={styles.head}>
        <h3 className={styles.name}>{name}</h3>
        <span className={styles.state}>{STATES[state]}</span>
        {isLeader && isSeveral && (
          <span className={styles.leader} data-testid={`leader-${name}`}>
            leads
          </span>
        )}
        {isSeveral && <span className={styles.note}>{here.length === 0 ? "nobody is here" : `has ${listText(here)}`}</span>}
        {hash !== null && (
          <code className={styles.hash} title="Hash of its text" data-testid={`node-hash-${name}`}>
            {hash.slice(0, 6)}
          </code>
        )}
      </header>
      <p className={styles.text} dir="auto" data-testid={`node-text-${name}`}>
        {text ?? <span className={styles.note}>{state === "down" ? "Its memory is gone." : "Nobody has opened the note here."}</span>}
      </p>
      {isSeveral && state !== "down" && (
        <p className={styles.facts} data-testid={`node-facts-${name}`}>
          Reaches {reaches.length === 0 ? "no other node" : listText(reaches.map((other) => `S${other + 1}`))}
          {order !== null && `; log of ${order.entries}, ${order.committed} committed; token ${order.token}`}
        </p>
      )}
      {fields !== null && <FieldsView fields={fields} name={name} />}
      <div className={styles.buttons}>
        <button type="button" data-testid={`crash-${name}`} onClick={() => act(state === "down" ? "restart" : "crash")}>
          {state === "down" ? `Restart ${name}` : `Crash ${name}`}
        </button>
        <button type="button" disabled={state !== "up"} onClick={() => act("pause", { ms: PAUSE_MS })}>
          Pause {name} for {PAUSE_MS / 1_000} s
        </button>
        {isSeveral && (
          <button type="button" onClick={() => act("loseDisk")}>
            {name} loses its disk
          </button>
        )}
      </div>
    </article>
  );
}

/** Each direction of each link between nodes is a switch of its own. */
function NodeLinks({ count, links }: { readonly count: number; readonly links: readonly NodeLinkView[] }) {
  const run = useLab();
  const set = (from: number, to: number, conditions: { readonly cut?: boolean; readonly latency?: number }): void =>
    run.act({ do: "step", step: { do: "link", from: `S${from + 1}`, to: `S${to + 1}`, set: conditions } });
  const all = Array.from({ length: count }, (_, n) => n);
  const isolate = (node: number): void => {
    const others = all.filter((other) => other !== node).map((other) => `S${other + 1}`);
    run.act({ do: "step", step: { do: "partition", groups: [[`S${node + 1}`], others] } });
  };
  return (
    <div className={styles.links}>
      <h3 className={styles.name}>Links between nodes</h3>
      <ul className={styles.list} data-testid="node-links">
        {links.map(({ from, to, isCut }) => (
          <li key={`${from}-${to}`}>
            <button
              type="button"
              aria-pressed={isCut}
              data-testid={`node-link-S${from + 1}-S${to + 1}`}
              aria-label={`Cut S${from + 1} to S${to + 1}`}
              onClick={() => set(from, to, { cut: !isCut })}
            >
              S{from + 1} → S{to + 1} {isCut ? "cut" : "open"}
            </button>
          </li>
        ))}
      </ul>
      <div className={styles.buttons}>
        <label className={styles.latency}>
          <span>Latency between nodes</span>
          <input
            type="number"
            min={0}
            max={LATENCY_MS_MAX}
            step={20}
            value={links[0]?.latencyMs ?? 0}
            data-testid="node-latency"
            aria-label="Latency between nodes in milliseconds, one way"
            onChange={({ target }) => {
              const latency = parseMs(target.value, LATENCY_MS_MAX);
              if (latency !== null) for (const { from, to } of links) set(from, to, { latency });
            }}
          />
          <span>ms</span>
        </label>
        {all.map((node) => (
          <button key={`S${node + 1}`} type="button" data-testid={`isolate-S${node + 1}`} onClick={() => isolate(node)}>
            Isolate S{node + 1}
          </button>
        ))}
      </div>
    </div>
  );
}

"use client";

import { useEffect, useRef } from "react";
import { ReplicaGlyph } from "../_network/replica-glyph.tsx";
import type { ReplicaView } from "../../crdt/lab/sandbox-views.ts";
import type { LabFrame } from "./lab-messages.ts";
import { laneName, listText } from "./lab-words.ts";
import styles from "./partition-dialog.module.css";
import { useLab } from "./use-lab.ts";

const REACHES = [
  { id: "open", title: "Hears and sends" },
  { id: "cut", title: "Cut off" },
  { id: "hears", title: "Hears, cannot send" },
  { id: "sends", title: "Sends, cannot hear" },
] as const;
type Reach = (typeof REACHES)[number]["id"];

/** Who reaches the node, as a table and in a sentence. A change counts at once. */
export function PartitionDialog({ frame, onClose }: { readonly frame: LabFrame; readonly onClose: () => void }) {
  const run = useLab();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { replicas, options } = frame;
  const set = (replica: number, reach: Reach): void => {
    if (reach === reachOf(replicas[replica]!)) return;
    run.act({ do: "heal", by: replica });
    if (reach !== "open") run.act({ do: "cut", by: replica, direction: reach === "cut" ? "both" : reach === "hears" ? "up" : "down" });
  };
  const setAll = (reachOfEach: (replica: number) => Reach): void => {
    for (const replica of replicas.keys()) set(replica, reachOfEach(replica));
  };
  const half = Math.ceil(replicas.length / 2);
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="partition-title" onClose={onClose} data-testid="partition">
      <div className={styles.sheet}>
        <h2 id="partition-title">Partition</h2>
        <p role="status" data-testid="partition-text">
          {sentenceOf(replicas, (replica) => laneName(replica, options), (options.nodes ?? 1) === 1 ? "S1" : "their own node")}
        </p>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Replica</th>
              {REACHES.map(({ id, title }) => (
                <th key={id} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {replicas.map((view, replica) => (
              <tr key={replica}>
                <th scope="row">
                  <ReplicaGlyph name={laneName(replica, options)} colour={replica} kind="tab" />
                  <span>{laneName(replica, options)}</span>
                </th>
                {REACHES.map(({ id, title }) => (
                  <td key={id}>
                    <label>
                      <input
                        type="radio"
                        name={`reach-${replica}`}
                        aria-label={`${laneName(replica, options)}: ${title}`}
                        data-testid={`reach-${laneName(replica, options)}-${id}`}
                        checked={reachOf(view) === id}
                        onChange={() => set(replica, id)}
                      />
                      <span className={styles.word}>{title}</span>
                    </label>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <div className={styles.buttons}>
          <button type="button" data-testid="partition-half" onClick={() => setAll((replica) => (replica < half ? "open" : "cut"))}>
            Split in half
          </button>
          <button type="button" onClick={() => setAll(() => "cut")}>
            Cut everybody off
          </button>
          <button type="button" onClick={() => setAll(() => "open")}>
            Heal
          </button>
          <span className={styles.space} />
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
      </div>
    </dialog>
  );
}

function reachOf({ up, down }: ReplicaView): Reach {
  const [sends, hears] = [up.cut === "open", down.cut === "open"];
  return sends ? (hears ? "open" : "sends") : hears ? "hears" : "cut";
}

/** "A and B reach S1. C is cut off: what it writes waits with it." */
function sentenceOf(replicas: readonly ReplicaView[], nameOf: (replica: number) => string, place: string): string {
  const named = (reach: Reach): string[] => replicas.flatMap((view, replica) => (reachOf(view) === reach ? [nameOf(replica)] : []));
  const [open, cut, hears, sends] = [named("open"), named("cut"), named("hears"), named("sends")];
  const verb = (names: readonly string[], one: string, many: string): string => `${listText(names)} ${names.length === 1 ? one : many}`;
  if (open.length === replicas.length) return `Everybody reaches ${place}.`;
  return [
    open.length > 0 ? `${verb(open, "reaches", "reach")} ${place}.` : `Nobody reaches ${place} both ways.`,
    cut.length > 0 ? `${verb(cut, "is", "are")} cut off: what they write waits with them.` : "",
    hears.length > 0 ? `${verb(hears, "hears", "hear")} the others, and cannot be heard.` : "",
    sends.length > 0 ? `${verb(sends, "is", "are")} heard, and hears nobody.` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

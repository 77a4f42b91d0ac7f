"use client";

import type { NodesAnswer, FabricCommand, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import type { HeldLink, NodeFlight } from "../../crdt/sync/held-messages.ts";
import { BOARD_HEIGHT, BOARD_WIDTH, type BoardLink, hullOf, layOutBoard } from "./board-layout.ts";
import styles from "./fabric.module.css";
import { endName } from "./node-rows.ts";
import { PillLayer } from "./pill-layer.tsx";
import { glyphLetter } from "./replica-glyph.tsx";
import { pillsOf } from "./wire-pills.ts";

export interface PartitionBoardProps {
  readonly fabric: NodesAnswer;
  readonly replicas: readonly ReplicaStatus[];
  readonly mayBreak: boolean;
  readonly send: (command: FabricCommand) => void;
  /** What is on its way between the replicas and their nodes. */
  readonly messages: readonly HeldLink[];
  readonly nodeFlights: readonly NodeFlight[];
  /** When that was told, on the page's own time line. */
  readonly heardMs: number;
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

/**
 * Nodes, replicas and the links between them; each arrowhead is one direction, and a click cuts or heals it. The same can be
 * done in the tables below it, which say the same in words.
 */
export function PartitionBoard({
  fabric,
  replicas,
  mayBreak,
  send,
  messages,
  nodeFlights,
  heardMs,
  chosen,
  onChoose,
}: PartitionBoardProps) {
  const board = layOutBoard(fabric, replicas);
  const isSplit = fabric.islands.length > 1;
  return (
    <figure className={styles.board}>
      <div className={styles.stage}>
        <svg viewBox={`0 0 ${BOARD_WIDTH} ${BOARD_HEIGHT}`} role="img" aria-label={summary(fabric, replicas)} data-testid="partition-board">
          {isSplit &&
            fabric.islands.map(({ ends, hasMajority }) => {
              const points = hullOf(board.ends.filter(({ end }) => ends.includes(end)));
              if (points.length === 0) return null;
              const path = `M${points.map(({ x, y }) => `${x} ${y}`).join("L")}Z`;
              return (
                <g key={ends.join(" ")}>
                  <path d={path} className={hasMajority ? styles.hullEdgeMajority : styles.hullEdge} />
                  <path d={path} className={styles.hull} />
                </g>
              );
            })}
          {board.links.map((link) => (
            <Link key={`${link.a.end} ${link.b.end}`} link={link} mayBreak={mayBreak} send={send} />
          ))}
          {board.ends.map(({ end, isNode, x, y }) => {
            const node = fabric.nodes.find(({ id }) => id === end);
            const replica = replicas.find(({ replicaId }) => replicaId === end);
            return isNode ? (
              <g key={end} className={styles.node} data-state={node?.state}>
                <rect x={x - 17} y={y - 13} width={34} height={26} rx={4} />
                <text x={x} y={y + 5}>
                  {end}
                </text>
              </g>
            ) : (
              <g key={end} className={styles.client} style={{ color: `var(--replica-${(replica?.colour ?? 7) % 8})` }}>
                <circle cx={x} cy={y} r={13} />
                <text x={x} y={y + 5}>
                  {glyphLetter(endName(end, replicas))}
                </text>
              </g>
            );
          })}
        </svg>
        <PillLayer pills={pillsOf(messages, nodeFlights, board, replicas)} heardMs={heardMs} chosen={chosen} onChoose={onChoose} />
      </div>
      <figcaption className={styles.caption}>
        <span role="status" data-testid="partition-words">
          {summary(fabric, replicas)}
        </span>
      </figcaption>
    </figure>
  );
}

function Link({ link, mayBreak, send }: { readonly link: BoardLink } & Pick<PartitionBoardProps, "mayBreak" | "send">) {
  const { a, b, x1, y1, x2, y2, isCutThere, isCutBack } = link;
  const turn = (from: string, to: string, isCut: boolean): void => send({ type: isCut ? "mend" : "cut", cuts: [{ from, to }] });
  const both = isCutThere && isCutBack;
  return (
    <g className={styles.link} data-cut={both ? "both" : isCutThere || isCutBack ? "one" : "none"}>
      <line x1={x1} y1={y1} x2={x2} y2={y2} />
      <Head
        x={x2}
        y={y2}
        angle={Math.atan2(y2 - y1, x2 - x1)}
        isCut={isCutThere}
        onTurn={mayBreak ? () => turn(a.end, b.end, isCutThere) : null}
      />
      <Head
        x={x1}
        y={y1}
        angle={Math.atan2(y1 - y2, x1 - x2)}
        isCut={isCutBack}
        onTurn={mayBreak ? () => turn(b.end, a.end, isCutBack) : null}
      />
    </g>
  );
}

interface HeadProps {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly isCut: boolean;
  readonly onTurn: (() => void) | null;
}

/** An arrowhead, or a cross where nothing arrives. */
function Head({ x, y, angle, isCut, onTurn }: HeadProps) {
  return (
    <g
      transform={`translate(${x} ${y}) rotate(${(angle * 180) / Math.PI})`}
      className={onTurn === null ? undefined : styles.head}
      onClick={onTurn ?? undefined}
    >
      <circle cx={-4} r={11} className={styles.target} />
      {isCut ? <path d="M-9 -5L1 5M-9 5L1 -5" className={styles.cross} /> : <path d="M-8 -4.5L0 0L-8 4.5Z" className={styles.arrow} />}
    </g>
  );
}

function summary({ sentences, nodes }: NodesAnswer, replicas: readonly ReplicaStatus[]): string {
  const down = nodes.filter(({ state }) => state !== "up").map(({ id, state }) => `${id} is ${state}.`);
  return [
    ...(sentences.length === 0 ? ["Everybody reaches everybody."] : sentences.map((sentence) => withNames(sentence, replicas))),
    ...down,
  ].join(" ");
}

/** The server speaks of replicas by id. */
function withNames(sentence: string, replicas: readonly ReplicaStatus[]): string {
  return replicas.reduce((text, { replicaId, name }) => text.replaceAll(replicaId, name), sentence);
}

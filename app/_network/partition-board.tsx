"use client";

import { memo, useMemo } from "react";
import type { FabricCommand } from "../../crdt/sync/control-messages.ts";
import type { BoardFacts, Person } from "./board-facts.ts";
import { type Board, BOARD_HEIGHT, BOARD_WIDTH, type BoardLink, hullOf, layOutBoard } from "./board-layout.ts";
import { CutStroke } from "./cut-stroke.tsx";
import styles from "./fabric.module.css";
import { type Caption, captionSpots } from "./island-captions.ts";
import { endName } from "./node-rows.ts";
import { PillLayer } from "./pill-layer.tsx";
import { glyphLetter } from "./replica-glyph.tsx";

export interface PartitionBoardProps {
  readonly fabric: BoardFacts;
  readonly replicas: readonly Person[];
  /** What each island may do, to stand in it. */
  readonly captions: readonly Caption[];
  readonly mayBreak: boolean;
  readonly send: (command: FabricCommand) => void;
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

/**
 * Nodes, replicas and the links between them; each arrowhead is one direction, and a click, or a line from end to end, cuts or heals it. The same can be
 * done in the tables below it, which say the same in words. Drawn anew only when one of them changes: what is on its way lies over it.
 */
export const PartitionBoard = memo(function PartitionBoard({
  fabric,
  replicas,
  captions,
  mayBreak,
  send,
  chosen,
  onChoose,
}: PartitionBoardProps) {
  const board = useMemo(() => layOutBoard(fabric, replicas), [fabric, replicas]);
  const words = summary(fabric, replicas);
  return (
    <figure className={styles.board}>
      <CutStroke board={board} nameOf={(end) => endName(end, replicas)} send={mayBreak ? send : null}>
        <Picture board={board} fabric={fabric} replicas={replicas} captions={captions} words={words} mayBreak={mayBreak} send={send} />
        <PillLayer board={board} replicas={replicas} chosen={chosen} onChoose={onChoose} />
      </CutStroke>
      <figcaption className={styles.caption}>
        <span role="status" data-testid="partition-words">
          {words}
        </span>
        {mayBreak && <span className={styles.hint}>Click an arrowhead, or draw a line: from one end to another, or across links.</span>}
      </figcaption>
    </figure>
  );
});

interface PictureProps extends Pick<PartitionBoardProps, "fabric" | "replicas" | "captions" | "mayBreak" | "send"> {
  readonly board: Board;
  readonly words: string;
}

const Picture = memo(function Picture({ board, fabric, replicas, captions, words, mayBreak, send }: PictureProps) {
  const draggable = mayBreak ? styles.draggable : "";
  const spots = captionSpots(
    board,
    captions.map(({ ends }) => ends),
  );
  return (
    <svg viewBox={`0 0 ${BOARD_WIDTH} ${BOARD_HEIGHT}`} role="img" aria-label={words} data-testid="partition-board">
      {fabric.islands.length > 1 &&
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
          <g key={end} className={`${styles.node} ${draggable}`} data-state={node?.state}>
            <rect x={x - 17} y={y - 13} width={34} height={26} rx={4} />
            <text x={x} y={y + 5}>
              {end}
            </text>
          </g>
        ) : (
          <g key={end} className={`${styles.client} ${draggable}`} style={{ color: `var(--replica-${(replica?.colour ?? 7) % 8})` }}>
            <circle cx={x} cy={y} r={13} />
            <text x={x} y={y + 5}>
              {glyphLetter(endName(end, replicas))}
            </text>
          </g>
        );
      })}
      {captions.map(({ ends, words: [first, second] }, n) => {
        const spot = spots[n]!;
        return (
          <text key={ends.join(" ")} x={spot.x} y={spot.y - 2} className={styles.islandWords} aria-hidden="true" data-testid="island-words">
            {first}
            <tspan x={spot.x} dy={11}>
              {second}
            </tspan>
          </text>
        );
      })}
    </svg>
  );
});

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

function summary({ sentences, nodes }: BoardFacts, replicas: readonly Person[]): string {
  const down = nodes.filter(({ state }) => state !== "up").map(({ id, state }) => `${id} is ${state}.`);
  return [
    ...(sentences.length === 0 ? ["Everybody reaches everybody."] : sentences.map((sentence) => withNames(sentence, replicas))),
    ...down,
  ].join(" ");
}

/** The server speaks of replicas by id. */
function withNames(sentence: string, replicas: readonly Person[]): string {
  return replicas.reduce((text, { replicaId, name }) => text.replaceAll(replicaId, name), sentence);
}

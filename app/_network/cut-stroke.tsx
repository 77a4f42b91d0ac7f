"use client";

import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { FabricCommand } from "../../crdt/sync/control-messages.ts";
import { commandOf, endAt, STROKE_MIN, strokeOf, strokeWords } from "./board-drag.ts";
import { type Board, BOARD_HEIGHT, BOARD_WIDTH } from "./board-layout.ts";
import styles from "./cut-stroke.module.css";

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface CutStrokeProps {
  readonly board: Board;
  readonly nameOf: (end: string) => string;
  /** null: nothing may be cut from here. */
  readonly send: ((command: FabricCommand) => void) | null;
  /** The board, and what lies over it. */
  readonly children: ReactNode;
}

/**
 * Cuts by a line that is drawn over the board: from one end to another, or across links. Escape gives it up. By finger only from an
 * end, as elsewhere a finger scrolls. The arrowheads and the tables below do the same without dragging.
 */
export function CutStroke({ board, nameOf, send, children }: CutStrokeProps) {
  const [line, setLine] = useState<{ readonly from: Point; readonly to: Point } | null>(null);
  const press = useRef<{ readonly from: Point; readonly box: DOMRect } | null>(null);
  const isDrawn = line !== null;
  const stop = (): void => {
    press.current = null;
    setLine(null);
  };
  useEffect(() => {
    if (!isDrawn) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      // The drawer would close.
      event.stopPropagation();
      press.current = null;
      setLine(null);
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, [isDrawn]);
  const stroke = line === null ? null : strokeOf(board, line.from, line.to);

  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (send === null || event.button !== 0 || !event.isPrimary || isPill(event.target)) return;
    const box = event.currentTarget.getBoundingClientRect();
    const from = pointIn(box, event);
    if (event.pointerType === "touch" && endAt(board, from) === null) return;
    press.current = { from, box };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (press.current === null) return;
    const { from, box } = press.current;
    const to = pointIn(box, event);
    if (!isDrawn && Math.hypot(to.x - from.x, to.y - from.y) < STROKE_MIN) return;
    // From here on it is no click on an arrowhead any more.
    event.currentTarget.setPointerCapture(event.pointerId);
    setLine({ from, to });
  };
  const onPointerUp = (): void => {
    if (stroke !== null && send !== null) send(commandOf(stroke));
    stop();
  };
  return (
    <div
      className={`${styles.stage} ${send === null ? "" : styles.open}`}
      data-drawing={isDrawn}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={stop}
    >
      {children}
      {line !== null && (
        <svg viewBox={`0 0 ${BOARD_WIDTH} ${BOARD_HEIGHT}`} className={styles.over} aria-hidden="true">
          {stroke?.kind === "across" &&
            stroke.links.map(({ a, b, x1, y1, x2, y2 }) => (
              <line key={`${a.end} ${b.end}`} x1={x1} y1={y1} x2={x2} y2={y2} className={styles.met} />
            ))}
          {stroke?.kind === "direction" && <circle cx={stroke.to.x} cy={stroke.to.y} r={22} className={styles.met} />}
          <line x1={line.from.x} y1={line.from.y} x2={line.to.x} y2={line.to.y} className={styles.stroke} />
        </svg>
      )}
      {stroke !== null && (
        <p className={styles.words} aria-hidden="true" data-testid="stroke-words">
          Let go to {strokeWords(stroke, nameOf)}
        </p>
      )}
    </div>
  );
}

function pointIn(box: DOMRect, { clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Point {
  const scale = BOARD_WIDTH / box.width;
  return { x: (clientX - box.left) * scale, y: (clientY - box.top) * scale };
}

function isPill(target: EventTarget): boolean {
  return target instanceof Element && target.closest('[data-testid="pill"]') !== null;
}

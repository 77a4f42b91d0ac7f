"use client";

import { useEffect, useRef } from "react";
import { messageFeedOf } from "../_client/message-feed.ts";
import { useControlClient } from "../_client/use-control.ts";
import type { Person } from "./board-facts.ts";
import { type Board, BOARD_HEIGHT, BOARD_WIDTH } from "./board-layout.ts";
import styles from "./pill-layer.module.css";
import { PillStage } from "./pill-stage.ts";
import { pillsOf } from "./wire-pills.ts";

export interface PillLayerProps {
  readonly board: Board;
  readonly replicas: readonly Person[];
  /** The key of the chosen message. */
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

/**
 * Messages over the board, as they are told, once a frame at most and past React: what is on its way draws nothing else anew. The
 * list of messages says the same in words.
 */
export function PillLayer({ board, replicas, chosen, onChoose }: PillLayerProps) {
  const messages = messageFeedOf(useControlClient());
  const layer = useRef<HTMLDivElement>(null);
  const stage = useRef<PillStage>(null);
  const view = useRef({ board, replicas, scale: 0 });
  const showSoon = useRef<() => void>(() => undefined);
  useEffect(() => {
    const host = layer.current;
    if (host === null) return;
    const made = new PillStage(host, { one: styles.pill ?? "", many: styles.many ?? "" });
    stage.current = made;
    let frame: number | null = null;
    const show = (): void => {
      frame = null;
      const { links, nodes, heardMs } = messages.state();
      const { board: on, replicas: people, scale } = view.current;
      if (scale > 0) made.show(pillsOf(links, nodes, on, people), heardMs, scale);
    };
    const soon = (): void => {
      frame ??= requestAnimationFrame(show);
    };
    showSoon.current = soon;
    const observer = new ResizeObserver(([entry]) => {
      view.current = { ...view.current, scale: (entry?.contentRect.width ?? 0) / BOARD_WIDTH };
      soon();
    });
    observer.observe(host);
    const stop = messages.subscribe(soon);
    return () => {
      stop();
      observer.disconnect();
      if (frame !== null) cancelAnimationFrame(frame);
      made.close();
    };
  }, [messages]);
  useEffect(() => {
    view.current = { ...view.current, board, replicas };
    showSoon.current();
  }, [board, replicas]);
  useEffect(() => stage.current?.choose(chosen), [chosen]);
  return (
    <div
      ref={layer}
      className={styles.layer}
      style={{ aspectRatio: `${BOARD_WIDTH} / ${BOARD_HEIGHT}` }}
      aria-hidden="true"
      data-testid="pills"
      onPointerDown={({ target }) => {
        const key = stage.current?.keyOf(target) ?? null;
        if (key !== null) onChoose(key);
      }}
    />
  );
}

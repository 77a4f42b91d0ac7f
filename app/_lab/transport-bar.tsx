"use client";

import { type ChangeEvent, memo, useRef } from "react";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { download } from "./download.ts";
import { SPEEDS, type LabFrame } from "./lab-messages.ts";
import { timeText } from "./lab-words.ts";
import styles from "./transport-bar.module.css";
import { useLab } from "./use-lab.ts";

const REPLICAS = [2, 3, 4, 5, 6];
const NODES = [1, 3] as const;

export interface TransportBarProps {
  readonly frame: LabFrame;
  readonly speed: number;
  readonly onFork: () => void;
  readonly onPartition: () => void;
}

/** Time, and what the world is made of. */
export const TransportBar = memo(function TransportBar({ frame, speed, onFork, onPartition }: TransportBarProps) {
  const run = useLab();
  const file = useRef<HTMLInputElement>(null);
  const { options, isRunning, nowMs, hash, isHeld, past } = frame;
  const isPast = past !== null;
  const save = async (): Promise<void> => {
    download(`riftpad-run-${frame.hash.slice(0, 6)}.json`, await run.save(), "application/json");
  };
  const load = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const [chosen] = target.files ?? [];
    if (chosen !== undefined) void chosen.text().then((json) => run.load(json));
    target.value = "";
  };
  return (
    <section className={styles.bar} aria-label="Transport" data-region>
      <div className={styles.group}>
        <button type="button" className={styles.main} data-testid="lab-run" title="Space" onClick={() => run.run(!isRunning)}>
          <span aria-hidden="true">{isRunning ? "❚❚ " : "▶ "}</span>
          {isRunning ? "Pause" : frame.source?.state === "ready" ? "Play" : "Run"}
        </button>
        <button type="button" data-testid="lab-step" title="To the next event ( ] )" disabled={isRunning} onClick={() => run.step()}>
          Step
        </button>
        <label className={styles.field}>
          <span>Speed</span>
          <select data-testid="lab-speed" value={speed} onChange={({ target }) => run.run(isRunning, Number(target.value))}>
            {SPEEDS.map((each) => (
              <option key={each} value={each}>
                {each}x
              </option>
            ))}
          </select>
        </label>
        <output className={styles.time} aria-label="Virtual time" data-testid="lab-time" data-ms={nowMs}>
          {timeText(nowMs)}
        </output>
        <button
          type="button"
          aria-pressed={isHeld}
          title="Holds every message where it is (N)"
          data-testid="lab-hold"
          disabled={isPast}
          onClick={() => run.act({ do: "hold", isHeld: !isHeld })}
        >
          Hold network
        </button>
        <button
          type="button"
          title="Who reaches the node (P)"
          aria-haspopup="dialog"
          data-testid="lab-partition"
          disabled={isPast}
          onClick={onPartition}
        >
          Partition
        </button>
        <button type="button" title="H" data-testid="lab-heal" disabled={isPast} onClick={() => run.act({ do: "heal-all" })}>
          Heal all
        </button>
        <button type="button" data-testid="lab-reset" onClick={() => run.reset()}>
          Reset
        </button>
        <button
          type="button"
          data-testid="lab-fork"
          title="Goes on from the moment in view, without what came after it (F)"
          disabled={!isPast}
          onClick={onFork}
        >
          Fork here
        </button>
      </div>
      <div className={styles.group}>
        <label className={styles.field}>
          <span>Strategy</span>
          <select
            data-testid="lab-strategy"
            value={options.strategy}
            onChange={({ target }) => run.open({ ...options, strategy: target.value as StrategyName })}
          >
            {STRATEGY_NAMES.map((name) => (
              <option key={name} value={name}>
                {STRATEGY_TITLES[name]}
              </option>
            ))}
          </select>
        </label>
        <label className={styles.field}>
          <span>Replicas</span>
          <select
            data-testid="lab-replicas"
            value={options.replicas}
            onChange={({ target }) => run.open({ ...options, replicas: Number(target.value) })}
          >
            {REPLICAS.map((count) => (
              <option key={count}>{count}</option>
            ))}
          </select>
        </label>
        <label className={styles.field}>
          <span>Nodes</span>
          <select
            data-testid="lab-nodes"
            value={options.nodes ?? 1}
            disabled={options.setup !== undefined}
            onChange={({ target }) => run.open({ ...options, nodes: Number(target.value) === 3 ? 3 : 1 })}
          >
            {[...NODES, ...(options.nodes === 5 ? [5] : [])].map((count) => (
              <option key={count}>{count}</option>
            ))}
          </select>
        </label>
        <SeedBox key={options.seed} seed={options.seed} onSeed={(seed) => run.open({ ...options, seed })} />
        <span className={styles.hash} title="Of everything that happened so far: the same seed and steps give the same">
          Run hash{" "}
          <code data-testid="lab-hash" data-hash={hash}>
            {hash.slice(0, 12)}
          </code>
        </span>
        <button type="button" data-testid="lab-save" onClick={() => void save()}>
          Save run
        </button>
        <button type="button" onClick={() => file.current?.click()}>
          Open run
        </button>
        <input ref={file} type="file" accept="application/json,.json" hidden data-testid="lab-file" onChange={load} />
      </div>
    </section>
  );
});

/** Another seed is another world, so it counts when it is finished. */
function SeedBox({ seed, onSeed }: { readonly seed: number; readonly onSeed: (seed: number) => void }) {
  const take = (text: string): void => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= 0 && value !== seed) onSeed(value);
  };
  return (
    <label className={styles.field}>
      <span>Seed</span>
      <input
        type="number"
        min={0}
        step={1}
        defaultValue={seed}
        className={styles.seed}
        data-testid="lab-seed"
        onBlur={({ target }) => take(target.value)}
        onKeyDown={({ key, currentTarget }) => key === "Enter" && take(currentTarget.value)}
      />
    </label>
  );
}

"use client";

import { useEffect, useRef, useState } from "react";
import { CATALOG_NOTE_ID } from "../../crdt/base/ids.ts";
import { loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Strategy, StrategyName } from "../../crdt/strategy/strategy.ts";
import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";
import { authorization, ownerToken } from "../_client/capabilities.ts";
import type { Tab } from "../_client/tab.ts";
import { useAccess, useTab } from "../_client/use-note.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import styles from "./beside.module.css";
import { hindrance, nodeCuts } from "./pair-plan.ts";
import { PairRun } from "./pair-run.ts";
import { RunView } from "./run-view.tsx";

/** Chooses the two strategies, and runs them. */
export function Beside() {
  const tab = useTab(CATALOG_NOTE_ID);
  const [strategies, setStrategies] = useState<readonly Strategy[] | null>(null);
  useEffect(() => {
    void Promise.all(STRATEGY_NAMES.map(loadStrategy)).then(setStrategies);
  }, []);
  if (tab === null || strategies === null) return <p role="status">Opening …</p>;
  return <Setup tab={tab} strategies={strategies} />;
}

function Setup({ tab, strategies }: { readonly tab: Tab; readonly strategies: readonly Strategy[] }) {
  const { isOwner } = useAccess(tab);
  const [chosen, setChosen] = useState<Readonly<Record<"ap" | "cp", StrategyName | null>>>({ ap: null, cp: null });
  const [isSilent, setSilent] = useState(false);
  const [run, setRun] = useState<PairRun | null>(null);
  const [trouble, setTrouble] = useState<{ readonly text: string; readonly isCut: boolean } | null>(null);
  const [isAsking, setAsking] = useState(false);
  const held = useRef<PairRun>(null);
  useEffect(() => {
    const leave = (): void => held.current?.close();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, []);
  const ap = strategies.filter(({ traits }) => !traits.isOrdered);
  const cp = strategies.filter(({ traits }) => traits.isOrdered);
  const pick = (list: readonly Strategy[], name: StrategyName | null): Strategy => list.find((each) => each.name === name) ?? list[0]!;

  const start = async (): Promise<void> => {
    setAsking(true);
    setTrouble(null);
    try {
      const fabric = await askNodes();
      const text = hindrance(fabric);
      if (text !== null) return setTrouble({ text, isCut: nodeCuts(fabric).length > 0 });
      const ids = fabric.nodes.map(({ id }) => id);
      held.current?.close();
      held.current = new PairRun({
        tab,
        strategies: [pick(ap, chosen.ap), pick(cp, chosen.cp)],
        homes: [ids[0]!, ids.at(-1)!],
        cutKind: isSilent ? "blackhole" : "reset",
        titleOf: ({ name }) => `Side by side: ${STRATEGY_TITLES[name]}`,
      });
      setRun(held.current);
    } catch (error) {
      setTrouble({ text: error instanceof Error ? error.message : String(error), isCut: false });
    } finally {
      setAsking(false);
    }
  };
  const stop = (): void => {
    held.current?.close();
    held.current = null;
    setRun(null);
  };
  const healAll = async (): Promise<void> => {
    // What is cut by hand elsewhere stays.
    const cuts = nodeCuts(await askNodes()).map(({ from, to }) => ({ from, to }));
    await fetch("/control/mend", {
      method: "POST",
      headers: { "content-type": "application/json", ...authorization(ownerToken()) },
      body: JSON.stringify({ cuts }),
    });
    await start();
  };

  if (run !== null) return <RunView run={run} tab={tab} onAgain={() => void start()} onStop={stop} />;
  const choice = (label: string, key: "ap" | "cp", list: readonly Strategy[]) => (
    <label className={styles.choice}>
      <span>{label}</span>
      <select
        value={pick(list, chosen[key]).name}
        data-testid={`choose-${key}`}
        onChange={({ target }) => setChosen({ ...chosen, [key]: list.find(({ name }) => name === target.value)?.name ?? null })}
      >
        {list.map(({ name }) => (
          <option key={name} value={name}>
            {STRATEGY_TITLES[name]}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <div className={styles.setup}>
        {choice("Available (AP)", "ap", ap)}
        {choice("Consistent (CP)", "cp", cp)}
        <label className={styles.check}>
          <input type="checkbox" checked={isSilent} onChange={({ target }) => setSilent(target.checked)} />
          Cut silently: the nodes notice only after some seconds
        </label>
        <button
          type="button"
          className={styles.primary}
          disabled={isAsking || !isOwner}
          data-testid="beside-next"
          onClick={() => void start()}
        >
          Start
        </button>
      </div>
      <ol className={styles.plan}>
        <li>Both bots type, and everybody sees everything.</li>
        <li>You cut the network: one bot is on the side with a majority of nodes, one is not.</li>
        <li>Each note says what either side may still do, what waits, and what it refuses.</li>
        <li>You heal it, and see what each note has kept of the same words.</li>
      </ol>
      {!isOwner && <p className={styles.trouble}>Two notes are made for a run, and only the owner of this server can make notes.</p>}
      {trouble !== null && (
        <p className={styles.trouble} role="alert">
          {trouble.text}{" "}
          {trouble.isCut && (
            <button type="button" onClick={() => void healAll()}>
              Heal the cuts and start
            </button>
          )}
        </p>
      )}
    </>
  );
}

/** The server's nodes as they are. Rejects with a sentence. */
async function askNodes(): Promise<NodesAnswer> {
  const response = await fetch("/control/nodes", { headers: authorization(ownerToken()) }).catch(() => null);
  if (response === null) throw new Error("The server cannot be reached.");
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const { message, error } = Object(body) as { message?: unknown; error?: unknown };
    const words = [message, error].find((text) => typeof text === "string") ?? `it answers ${response.status}`;
    throw new Error(`The server does not say what its nodes are: ${words}.`);
  }
  return body as NodesAnswer;
}

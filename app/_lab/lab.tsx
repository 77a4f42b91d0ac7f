"use client";

import dynamic from "next/dynamic";
import { useMemo, useRef, useState } from "react";
import { useAnnouncement } from "../_convergence/use-announcement.ts";
import { isChatter } from "../../crdt/lab/time-machine.ts";
import { CHECKPOINT_INPUT, CheckpointList } from "./checkpoint-list.tsx";
import { AnomaliesPanel } from "./anomalies-panel.tsx";
import { Fixed } from "./fixed.tsx";
import type { AskedFlag } from "./flag-list.tsx";
import { anomaliesInView, frameInView, ledgerInView } from "./frame-in-view.ts";
import { HistoryPanel } from "./history-panel.tsx";
import { LabHelp } from "./lab-help.tsx";
import type { LabFrame } from "./lab-messages.ts";
import { FIRST_LENS, type LensOpen, LensPanel } from "./lens-panel.tsx";
import type { LabRun, LabState } from "./lab-run.ts";
import { fieldsAgreementText } from "./fields-words.ts";
import { agreementText, timeText } from "./lab-words.ts";
import { NodesPanel } from "./nodes-panel.tsx";
import { PageBar } from "../_ui/page-bar.tsx";
import styles from "./lab.module.css";
import { SourceBar } from "./source-bar.tsx";
import { ReplicaCard } from "./replica-card.tsx";
import { Timeline } from "./timeline.tsx";
import { TransportBar } from "./transport-bar.tsx";
import { LabContext, useLabRun, useLabState } from "./use-lab.ts";
import { type LabAct, useLabKeys } from "./use-lab-keys.ts";
import { useRail } from "./use-rail.ts";
import { WhereLine } from "./where-line.tsx";
import { whereText } from "./where-text.ts";
import { quiet } from "../_ui/quiet.ts";
import { useStable } from "../_ui/use-stable.ts";
import { WiresPanel } from "./wires-panel.tsx";

// Its list is long, and nobody looks for another scenario before the first one is there.
const CatalogueRail = dynamic(() => quiet().then(async () => (await import("./catalogue-rail.tsx")).CatalogueRail), {
  ssr: false,
  loading: () => <div className={styles.railPlace} />,
});
const LabLedgerPanel = dynamic(() => import("./lab-ledger.tsx").then(({ LabLedgerPanel: component }) => component), { ssr: false });
const WhyCard = dynamic(() => import("./why-card.tsx").then(({ WhyCard: component }) => component), { ssr: false });
const PartitionDialog = dynamic(() => import("./partition-dialog.tsx").then(({ PartitionDialog: component }) => component), { ssr: false });
/** What single keys do to the world, which in the past they cannot. */
const CHANGES: ReadonlySet<LabAct> = new Set(["deliver", "deliver-all", "drop", "duplicate", "delay", "hold", "heal", "partition"]);
const PAST_IS_FIXED = "This is the past, and nothing changes it: fork here, or go back to the present.";
/** By how much a message is delayed at a touch. */
const DELAY_MS = 1_000;

/** The laboratory: a world in a worker, and everything there is to see and to do about it. */
export function Lab() {
  const run = useLabRun();
  const [isHelpOpen, setHelpOpen] = useState(false);
  return (
    <div className={styles.page}>
      <PageBar current="Lab" onHelp={() => setHelpOpen(true)} />
      <OpenedLab run={run} onHelp={() => setHelpOpen(true)} />
      <LabHelp isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

function OpenedLab({ run, onHelp }: { readonly run: LabRun; readonly onHelp: () => void }) {
  const state = useLabState(run);
  if (state.failure !== null) {
    return (
      <main className={styles.opening}>
        <p role="alert">
          The laboratory has stopped: {state.failure}.{" "}
          <button type="button" onClick={() => window.location.reload()}>
            Load it again
          </button>
        </p>
      </main>
    );
  }
  if (state.frame === null || state.slow === null) return <Opening progress={state.progress} />;
  return (
    <LabContext value={run}>
      <World run={run} state={state} frame={state.frame} slow={state.slow} onHelp={onHelp} />
    </LabContext>
  );
}

function Opening({ progress }: { readonly progress: number | null }) {
  return (
    <main className={styles.opening}>
      <p role="status">
        Opening the laboratory … {progress !== null && <progress value={progress} max={1} aria-label="How much of the run has been made" />}
      </p>
    </main>
  );
}

interface WorldProps {
  readonly run: LabRun;
  readonly state: LabState;
  readonly frame: LabFrame;
  /** For all but texts, wires and the moment in view. */
  readonly slow: LabFrame;
  readonly onHelp: () => void;
}

function World({ run, state, frame, slow, onHelp }: WorldProps) {
  const { events, agreements, slowEvents, slowAgreements, speed, notice, progress, inspected, why, lens } = state;
  const { past, options, messages, world, isRunning } = frame;
  const inView = useMemo(() => frameInView(frame), [frame]);
  const { replicas, groups, losses } = inView;
  const isPast = past !== null;
  const [chosenMessage, setChosenMessage] = useState<number | null>(null);
  const [chosenEvent, setChosenEvent] = useState<{ readonly world: number; readonly n: number } | null>(null);
  const [askedFlag, setAskedFlag] = useState<AskedFlag | null>(null);
  const [isPartition, setPartition] = useState(false);
  const [lensOpen, setLens] = useState<LensOpen | null>(null);
  const chosenN = chosenEvent?.world === world ? chosenEvent.n : null;
  const choose = (n: number | null): void => setChosenEvent(n === null ? null : { world, n });
  const rail = useRail();
  const cards = useRef<HTMLDivElement>(null);
  const ledger = ledgerInView(state.ledger, frame);
  const found = anomaliesInView(state.anomalies, frame);
  const agreement = agreementText(groups, options);
  const spoken = useAnnouncement(isPast ? `Then: ${agreement}` : agreement);

  const touch = (act: "deliver" | "drop" | "duplicate" | "delay"): void => {
    const chosen = messages.find(({ message }) => message === chosenMessage) ?? nextOf(messages);
    if (chosen === undefined) return;
    if (act === "delay") {
      run.act({ do: "delay", message: chosen.message, ms: DELAY_MS });
      return;
    }
    run.act({ do: "message", message: chosen.message, act });
    if (act !== "duplicate" && chosen.message === chosenMessage) {
      const at = messages.indexOf(chosen);
      setChosenMessage((messages[at + 1] ?? messages[at - 1])?.message ?? null);
    }
  };
  const fork = (): void => {
    if (past !== null) run.fork(past.atMs);
  };
  const step = (by: -1 | 1): void => {
    if (past === null && by > 0) {
      if (!isRunning) run.step();
      return;
    }
    let n = (past?.n ?? events.length) + by;
    while (n >= 0 && n < events.length && isChatter(events[n]!)) n += by;
    run.seek(n >= events.length ? null : Math.max(-1, n));
  };
  const seekMs = (atMs: number | null): void => run.seek(atMs === null ? null : lastAt(events, atMs));
  const act = (name: LabAct): void => {
    if (isPast && CHANGES.has(name)) run.tell(PAST_IS_FIXED);
    else if (name === "toggle") run.run(!isRunning);
    else if (name === "deliver" || name === "drop" || name === "duplicate" || name === "delay") touch(name);
    else if (name === "deliver-all") for (const { message } of messages) run.act({ do: "message", message, act: "deliver" });
    else if (name === "hold") run.act({ do: "hold", isHeld: !frame.isHeld });
    else if (name === "heal") run.act({ do: "heal-all" });
    else if (name === "back") step(-1);
    else if (name === "forward") step(1);
    else if (name === "fork") fork();
    else if (name === "partition") setPartition(true);
    else if (name === "checkpoint") document.getElementById(CHECKPOINT_INPUT)?.focus();
    else if (name === "lens") setLens(lensOpen === null ? FIRST_LENS : null);
    else if (name === "help") onHelp();
    else
      cards.current
        ?.querySelector<HTMLElement>(`#card-${name.slice(6)} ${isPast ? "[role=textbox][aria-readonly]" : ".cm-content"}`)
        ?.focus();
  };
  useLabKeys(act);
  const onFork = useStable(fork);
  const onRail = useStable(rail.show);
  const onRailHide = useStable(rail.hide);
  const onPartition = useStable(() => setPartition(true));
  const onChooseEvent = useStable((n: number | null) => {
    choose(n);
    // An item that was chosen by itself gives way to those of the event.
    if (lensOpen !== null) setLens({ ...lensOpen, chosen: null });
  });
  const onKeep = useStable(() => run.keep());
  const onLensEvent = useStable((n: number) => choose(n));

  return (
    <div className={styles.body}>
      {rail.isShown && <CatalogueRail strategy={options.strategy} asked={rail.asked} onHide={onRailHide} />}
      <main className={styles.world} data-testid="lab" data-world={world}>
        <h1 className={styles.spoken}>Laboratory</h1>
        <SourceBar source={slow.source} frame={slow} onRail={rail.isWide ? onRail : null} />
        <TransportBar frame={slow} speed={speed} onFork={onFork} onPartition={onPartition} />
        {progress !== null && (
          <p className={styles.notice} role="status">
            Running it again: <progress value={progress} max={1} aria-label="How much has been run again" /> {Math.round(progress * 100)} %
          </p>
        )}
        {notice !== null && (
          <p className={styles.notice} role="status" data-testid="lab-notice">
            {notice}
          </p>
        )}
        <div
          id="lab-agreement"
          tabIndex={-1}
          className={styles.strip}
          data-testid="lab-agreement"
          data-state={groups.every((group) => group === 0) ? "ok" : "warn"}
        >
          {past !== null && (
            <span className={styles.then} data-testid="past-mark">
              The past: everything as it was at {timeText(past.atMs)}, to look at only.
            </span>
          )}
          <span>{agreement}</span>
          <span data-testid="lab-meta-agreement">{fieldsAgreementText(replicas.map(({ fields }) => fields))}</span>
          {losses > 0 && (
            <span className={styles.losses}>{losses === 1 ? "1 write was" : `${losses} writes were`} thrown away: see the ledger.</span>
          )}
          <span className={styles.spoken} role="status" aria-live="polite">
            {spoken}
          </span>
        </div>
        <WhereLine text={() => whereText(replicas, groups, options)} />
        <div className={styles.fixed} data-past={isPast}>
          <div className={styles.stage}>
            <div ref={cards} className={styles.cards} data-region data-count={replicas.length}>
              {replicas.map((view, replica) => (
                <ReplicaCard key={`${world}-${replica}`} frame={inView} replica={replica} view={view} />
              ))}
            </div>
            <WiresPanel frame={inView} inspected={inspected} chosen={chosenMessage} onChoose={setChosenMessage} onTouch={touch} />
          </div>
          <NodesPanel frame={inView} />
        </div>
        {why?.world === world && (
          <WhyCard
            answer={why}
            options={options}
            onClose={() => run.askWhy(null)}
            onSeek={(n) => run.seek(n)}
            onShow={choose}
            onTree={(id) => setLens({ replica: why.replica, view: "tree", chosen: id })}
          />
        )}
        {ledger !== null && (
          <Fixed isPast={isPast}>
            <LabLedgerPanel ledger={ledger} />
          </Fixed>
        )}
        <AnomaliesPanel world={world} nowMs={slow.nowMs} found={found} asked={askedFlag} />
        <LensPanel frame={slow} answer={lens} open={lensOpen} event={chosenN} onOpen={setLens} onEvent={onLensEvent} />
        <Timeline
          frame={frame}
          slow={slow}
          length={slowEvents}
          agreed={slowAgreements}
          events={events}
          agreements={agreements}
          onSeekMs={seekMs}
          onStep={step}
          onFork={onFork}
          flags={found.flags}
          onFlag={setAskedFlag}
        />
        {isPartition && <PartitionDialog frame={frame} onClose={() => setPartition(false)} />}
        <CheckpointList frame={slow} />
        <HistoryPanel
          events={events}
          length={slowEvents}
          latest={Math.min(slow.past?.n ?? slowEvents - 1, slowEvents - 1)}
          options={options}
          hash={slow.hash}
          isRunning={isRunning}
          before={state.before}
          kept={state.kept}
          onKeep={onKeep}
          chosen={chosenN}
          onChoose={onChooseEvent}
        />
      </main>
    </div>
  );
}

/** The message that will arrive first; of held ones, the one that set out first. */
function nextOf(messages: LabFrame["messages"]): LabFrame["messages"][number] | undefined {
  return messages.toSorted((a, b) => (a.dueMs ?? Infinity) - (b.dueMs ?? Infinity) || a.sentAtMs - b.sentAtMs)[0];
}

/** The last event at or before a moment; -1: none. */
function lastAt(events: LabState["events"], atMs: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.atMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

"use client";

import { useEffect, useState } from "react";
import { useControlPart } from "../_client/use-control.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import { isCutByHand } from "../_network/link-word.ts";
import { lazyPart } from "../_ui/lazy-part.tsx";
import { withNodes } from "../_network/node-rows.ts";
import { useServerNow } from "../_network/use-server-now.ts";
import { agreementParts, agreementSentence, isCorrupt } from "./agreement.ts";
import styles from "./convergence-strip.module.css";
import { NOTHING_CUT, watchHeal } from "./heal-watch.ts";
import { useAgreement, useNoteStrategy } from "./use-agreement.ts";
import { useAnnouncement } from "./use-announcement.ts";

// While nothing is cut there are none.
const Sides = lazyPart(async () => (await import("./sides.tsx")).Sides);
const CutNotice = lazyPart(async () => (await import("../_network/cut-notice.tsx")).CutNotice);

/** Of so many replicas that are not with the others it is said how they stand; of the rest on demand. */
const TOLD_MAX = 2;

/** Always in sight: who agrees with whom, in one sentence. Reads the control plane alone, so it stays true in a cut tab. */
export function ConvergenceStrip() {
  const { noteId, heard, replicas, islands, isCutOff, heardAtMs, isConnected, self } = useControlPart((control) => ({
    noteId: control.noteId,
    heard: control.replicas,
    replicas: withNodes(control.replicas, control.fabric),
    islands: (control.fabric?.islands ?? []).map(({ ends }) => ends),
    isCutOff: isCutByHand(control.replicas.find(({ replicaId }) => replicaId === control.self)?.conditions ?? CLEAR_BOTH),
    heardAtMs: control.heardAtMs,
    isConnected: control.isConnected,
    self: control.self,
  }));
  const strategy = useNoteStrategy(heard);
  const agreement = useAgreement(replicas, strategy);
  const [watch, setWatch] = useState(NOTHING_CUT);
  const nextWatch = agreement === null ? watch : watchHeal(watch, replicas, agreement.isWhole, heardAtMs);
  if (nextWatch !== watch) setWatch(nextWatch);
  const lastHeal = watch.last;
  useEffect(() => {
    if (noteId !== null && lastHeal !== null) void import("./heal-log.ts").then(({ keepHeal }) => keepHeal(noteId, lastHeal));
  }, [noteId, lastHeal]);
  const nowMs = useServerNow(replicas.some(({ cutSinceMs }) => cutSinceMs !== null) ? 1_000 : null);

  const options = { nowMs, self, agreedAfterMs: watch.agreedAfterMs };
  const parts = agreement === null ? ["Asking who is here"] : agreementParts(agreement, options);
  const [isLong, setLong] = useState(false);
  const rest = parts.length - 1 - TOLD_MAX;
  const isSplit = islands.length > 1 && agreement?.isWhole === false;
  const announcement = useAnnouncement(agreement === null ? "" : agreementSentence(agreement, { ...options, isCoarse: true }, TOLD_MAX));
  // What nobody confirms any more is no good news.
  const state = agreement === null || !isConnected ? "info" : isCorrupt(agreement) ? "bad" : agreement.isWhole ? "ok" : "warn";
  return (
    <footer
      className={styles.strip}
      aria-label="Agreement"
      data-testid="convergence-strip"
      data-state={state}
      data-region="strip"
      tabIndex={-1}
    >
      <span className={`${styles.mark} ${styles[state]}`} aria-hidden="true" />
      <span className={styles.text}>
        {(isLong ? parts : parts.slice(0, 1 + TOLD_MAX)).join("; ")}.
        {rest > 0 && (
          <button type="button" className={styles.rest} aria-expanded={isLong} data-testid="strip-rest" onClick={() => setLong(!isLong)}>
            {isLong ? "Fewer" : `+${rest} more`}
          </button>
        )}
        {isSplit && strategy !== null && <Sides replicas={replicas} sides={islands} compare={strategy.compare} />}
      </span>
      {!isConnected && agreement !== null && (
        <span className={styles.stale}>The control connection is down, and is tried again: this is the last that was heard.</span>
      )}
      {isCutOff && <CutNotice />}
      <span className={styles.spoken} role="status" aria-live="polite">
        {announcement}
      </span>
    </footer>
  );
}

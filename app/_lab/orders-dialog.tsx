"use client";

import { useEffect, useRef, useState } from "react";
import type { OrdersView, OrderSteps } from "./orders-messages.ts";
import styles from "./orders-dialog.module.css";
import { useLab, useLabState } from "./use-lab.ts";

/** Every order in which what waits may arrive, and what it ends in. Runs in the worker. */
export function OrdersDialog({ apart, onClose }: { readonly apart: number; readonly onClose: () => void }) {
  const run = useLab();
  const { orders, orderSteps } = useLabState(run);
  const dialog = useRef<HTMLDialogElement>(null);
  const [hasDuplicates, setDuplicates] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const isTrying = orders?.state === "trying";
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="orders-title" onClose={onClose} data-testid="orders">
      <div className={styles.sheet}>
        <div className={styles.row}>
          <h2 id="orders-title">Every order</h2>
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
        {apart === 0 ? (
          <p className={styles.note}>Nothing waits. Hold the network, or cut replicas off, and let two of them write: then come back.</p>
        ) : (
          <p className={styles.note}>
            {apart} {apart === 1 ? "message waits" : "messages wait"}. They are delivered to a copy that has what the node has, in every
            order that there is; of more than 5,040 orders, in 2,000 that the seed picks. Where the node orders, each writer&apos;s messages
            keep their own order. The run itself stays as it is.
          </p>
        )}
        <div className={styles.controls}>
          <button
            type="button"
            className={styles.main}
            data-testid="orders-run"
            disabled={apart === 0 || isTrying}
            onClick={() => run.tryOrders(hasDuplicates)}
          >
            Try them
          </button>
          <label className={styles.check}>
            <input
              type="checkbox"
              data-testid="orders-twice"
              checked={hasDuplicates}
              onChange={({ target }) => setDuplicates(target.checked)}
            />
            each message comes twice
          </label>
          {isTrying && (
            <>
              <progress value={orders.done} max={Math.max(1, orders.total)} aria-label="Orders tried" />
              <span className={styles.muted}>
                {orders.done.toLocaleString("en")} of {orders.total.toLocaleString("en")}
              </span>
              <button type="button" data-testid="orders-stop" onClick={() => run.stopOrders()}>
                Stop
              </button>
            </>
          )}
        </div>
        <div role="status">
          {orders?.state === "stopped" && `Stopped after ${orders.done.toLocaleString("en")} orders.`}
          {orders?.state === "nothing" && "Nothing waits any more: the node has all of it."}
          {orders?.state === "done" && <strong data-testid="orders-verdict">{verdictOf(orders)}</strong>}
        </div>
        {orders?.state === "done" && <Endings orders={orders} steps={orderSteps} onReplay={(ending) => run.replayOrder(ending)} />}
      </div>
    </dialog>
  );
}

type Done = Extract<OrdersView, { readonly state: "done" }>;

function verdictOf({ tried, isExhaustive, hasDuplicates, isOneEnding, endings, more, messages }: Done): string {
  const orders = `${tried.toLocaleString("en")} ${isExhaustive ? (tried === 1 ? "order" : "orders") : "sampled orders"}`;
  const of = `${messages.length} ${messages.length === 1 ? "message" : "messages"}${hasDuplicates ? ", each twice" : ""}`;
  if (isOneEnding) return `${orders} of ${of} → 1 final text ✓`;
  const count = endings.length + more;
  if (count > 1) return `${orders} of ${of} → ${count} endings ✗`;
  const [only] = endings;
  if (only !== undefined && only.structures > 1) return `${orders} of ${of} → 1 text, but ${only.structures} structures beneath it ✗`;
  return `${orders} of ${of} → 1 text, but something stays open ✗`;
}

interface EndingsProps {
  readonly orders: Done;
  readonly steps: OrderSteps | null;
  readonly onReplay: (ending: number) => void;
}

/** How many orders lead where: the bar says in length what the number beside it says. */
function Endings({ orders, steps, onReplay }: EndingsProps) {
  const { endings, tried, more } = orders;
  return (
    <>
      <table className={styles.table} data-testid="orders-endings">
        <caption>What the orders end in</caption>
        <thead>
          <tr>
            <th scope="col">Orders</th>
            <th scope="col">Final text</th>
            <th scope="col">For example</th>
          </tr>
        </thead>
        <tbody>
          {endings.map(({ count, text, siblings, isSettled, refused, structures }, at) => (
            <tr key={at}>
              <td className={styles.count}>
                {count.toLocaleString("en")} <span className={styles.muted}>({shareText(count / tried)})</span>
                <span className={styles.bar} aria-hidden="true" style={{ inlineSize: `${Math.max(1, (100 * count) / tried)}%` }} />
              </td>
              <td>
                <Text text={text} siblings={siblings} />
                {structures > 1 && <p className={styles.note}>{structures} structures of ids and tombstones beneath this text</p>}
                {!isSettled && <p className={styles.note}>Something was still open.</p>}
                {refused > 0 && <p className={styles.note}>{refused} messages were refused: they cannot be true beside the others.</p>}
              </td>
              <td>
                <button type="button" data-testid="orders-replay" aria-expanded={steps?.ending === at} onClick={() => onReplay(at)}>
                  Replay one
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className={styles.note}>{more} more endings, each of fewer orders.</p>}
      {steps !== null && <Replay steps={steps} orders={orders} />}
    </>
  );
}

function Replay({ steps: { ending, steps }, orders }: { readonly steps: OrderSteps; readonly orders: Done }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [ending]);
  return (
    <section aria-labelledby="replay-title" data-testid="orders-steps">
      <h3 id="replay-title" ref={title} tabIndex={-1}>
        Ending {ending + 1}, message by message
      </h3>
      <p className={styles.note}>
        {orders.isOrdered
          ? "What the node has after each message and all that comes of it: writers who hear of it try again what waits."
          : "What the copy holds after each message."}
      </p>
      <ol className={styles.steps}>
        {steps.map(({ message, text, siblings }, at) => (
          <li key={at}>
            {orders.messages[message]?.words}
            <Text text={text} siblings={siblings} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Text({ text, siblings }: { readonly text: string; readonly siblings: readonly string[] }) {
  const texts = siblings.length > 0 ? siblings : [text];
  return (
    <>
      {texts.map((each, at) => (
        <pre key={at} className={styles.text} dir="auto">
          {each === "" ? <em>empty</em> : each}
        </pre>
      ))}
      {siblings.length > 0 && <p className={styles.note}>Side by side.</p>}
    </>
  );
}

function shareText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? "below 1 %" : `${Math.round(percent)} %`;
}

import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import { replicaNumber } from "../../crdt/base/ids.ts";
import type { LockState } from "../../crdt/strategy/strategy.ts";
import { laneName, listText } from "./lab-words.ts";
import { useLab } from "./use-lab.ts";

export interface LockButtonProps {
  readonly lock: LockState;
  /** Whole seconds until it runs out, unless its holder goes on; null: nobody holds it. */
  readonly leftS: number | null;
  readonly replica: number;
  readonly name: string;
  readonly options: SandboxOptions;
}

/** Where one at a time may write: who may and for how long, who waits, and a way to ask or to give it up. */
export function LockButton({ lock, leftS, replica, name, options }: LockButtonProps) {
  const run = useLab();
  const holder = lock.holder === null ? null : replicaNumber(lock.holder) - 1;
  const isOwn = holder === replica;
  const isWaiting = lock.queue.some((id) => replicaNumber(id) - 1 === replica);
  const waiting = lock.queue.map((id) => laneName(replicaNumber(id) - 1, options));
  const words = holder === null ? "Nobody holds the lock" : isOwn ? "Holds the lock" : `${laneName(holder, options)} holds the lock`;
  return (
    <>
      <span data-testid={`lock-${name}`}>
        {words}, token {lock.token}
        {leftS !== null && `, ${leftS} s left`}
        {waiting.length > 0 && `; ${listText(waiting)} ${waiting.length === 1 ? "waits" : "wait"}`}
      </span>
      <button
        type="button"
        disabled={isWaiting}
        aria-label={isOwn ? `${name} gives the lock up` : `${name} asks for the lock`}
        onClick={() => run.act({ do: "lock", by: replica, act: isOwn ? "release" : "ask" })}
      >
        {isOwn ? "Give it up" : isWaiting ? "Waits" : "Ask for it"}
      </button>
    </>
  );
}

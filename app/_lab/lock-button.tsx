import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import { replicaNumber } from "../../crdt/base/ids.ts";
import type { LockState } from "../../crdt/strategy/strategy.ts";
import { laneName } from "./lab-words.ts";
import { useLab } from "./use-lab.ts";

export interface LockButtonProps {
  readonly lock: LockState;
  readonly replica: number;
  readonly name: string;
  readonly options: SandboxOptions;
}

/** Where one at a time may write: who may, and a way to ask or to give it up. */
export function LockButton({ lock, replica, name, options }: LockButtonProps) {
  const run = useLab();
  const holder = lock.holder === null ? null : replicaNumber(lock.holder) - 1;
  const isOwn = holder === replica;
  const isWaiting = lock.queue.some((id) => replicaNumber(id) - 1 === replica);
  const words = holder === null ? "Nobody holds the lock" : isOwn ? "Holds the lock" : `${laneName(holder, options)} holds the lock`;
  return (
    <>
      <span>
        {words}, token {lock.token}
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

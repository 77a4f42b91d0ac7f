/**
 * Storms over a world of the laboratory: random edits of three replicas under every kind of fault. What is test-only lives
 * here: a disk that lies, and the check that nothing that was acknowledged is gone after a restart.
 */

import type { Clock } from "../../crdt/base/clock.ts";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import type { Prng } from "../../crdt/base/prng.ts";
import { type Disk, SimDisk } from "../../crdt/lab/disk.ts";
import { type Member, World } from "../../crdt/lab/world.ts";
import type { Authority, Strategy } from "../../crdt/strategy/strategy.ts";
import type { RoomLog } from "../../crdt/sync/room.ts";

/** Says durable on write, and syncs much later. */
class LyingDisk implements Disk {
  readonly #clock: Clock;
  #durable: Uint8Array[] = [];
  #pending: Uint8Array[] = [];
  #claimed = 0;
  #isSyncing = false;
  onSaved: (position: number) => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get updates(): readonly Uint8Array[] {
    return this.#durable;
  }

  get isIdle(): boolean {
    return this.#pending.length === 0;
  }

  readonly log: RoomLog = {
    append: (update) => {
      this.#pending.push(update);
      this.#sync();
      return this.#durable.length + this.#pending.length;
    },
    durablePosition: () => Math.max(this.#claimed, this.#durable.length),
  };

  crash(): void {
    this.#pending = [];
    this.#claimed = 0;
    this.onSaved = () => undefined;
  }

  #sync(): void {
    this.#claimed = this.#durable.length + this.#pending.length;
    this.onSaved(this.#claimed);
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    this.#clock.setTimer(2_000, () => {
      this.#isSyncing = false;
      if (this.#pending.length === 0) return;
      this.#durable.push(...this.#pending);
      this.#pending = [];
      this.onSaved(this.#durable.length);
    });
  }
}

export interface StormOptions {
  readonly strategy: Strategy;
  readonly seed: number | string;
  readonly replicas?: number;
  /** Of an ordered note: who may order; else the node always does. */
  readonly authority?: Authority;
  /** Plants the bug that acknowledges before the disk has it. */
  readonly skipsFsync?: boolean;
}

export class StormWorld {
  readonly world: World;
  /** Acknowledged edits that a restarted node did not have. Must stay empty. */
  readonly violations: string[] = [];
  /** One update an accepted edit, in order. */
  readonly #updates = new Map<Member, Uint8Array[]>();
  readonly #strategy: Strategy;

  constructor({ strategy, seed, replicas = 3, authority, skipsFsync = false }: StormOptions) {
    this.#strategy = strategy;
    this.world = new World({
      strategy,
      authority,
      seed,
      healAfterMs: 600_000,
      openDisk: (clock, prng) => (skipsFsync ? new LyingDisk(clock) : new SimDisk(clock, prng)),
    });
    for (let n = 1; n <= replicas; n++) this.#updates.set(this.world.join(n), []);
  }

  /** One edit of one member, somewhere in its own view. */
  edit(member: Member): void {
    const { note, prng } = member;
    const { length } = note.replica;
    const index = prng.int(0, length + 1);
    const remove = prng.float() < 0.3 ? prng.int(0, Math.min(4, length - index) + 1) : 0;
    const insert = prng.float() < 0.85 ? ["a", "bc", "😀", "\n", "word "][prng.int(0, 5)]! : "";
    const edited = note.edit([{ index, remove, insert }], index + insert.length);
    if (edited.isAccepted && edited.update.length > 0) this.#updates.get(member)!.push(edited.update);
  }

  restart(): void {
    const { world } = this;
    if (!world.node.restart()) return;
    for (const [{ id, note }, updates] of this.#updates) {
      const saved = updates.length - note.session.status().unsaved;
      for (const [n, update] of updates.slice(0, Math.max(0, saved)).entries()) {
        if (this.#lacks(update)) this.violations.push(`Edit ${n + 1} of ${id} was acknowledged and is gone`);
      }
    }
  }

  /** Whether the node does not know what `update` says. */
  #lacks(update: Uint8Array): boolean {
    const { isOrdered } = this.#strategy.traits;
    const { relay } = this.world.node;
    // A proposal is known by its number, whatever became of it.
    if (isOrdered) return this.#strategy.diff === undefined || this.#strategy.diff(update, relay.version()).length > 0;
    return this.world.openCopy(999, relay.since(EMPTY_BYTES)).receive(update).forward !== null;
  }

  /** Twenty virtual seconds of typing under every kind of fault, then a heal and a minute's rest. */
  async storm(nemesis: Prng): Promise<void> {
    const { world } = this;
    await world.start();
    for (let step = 0; step < 80; step++) {
      for (const member of world.members) if (nemesis.float() < 0.5) this.edit(member);
      const victim = world.members[nemesis.int(0, world.members.length)]!;
      const dice = nemesis.float();
      if (dice < 0.06)
        world.board.set(victim.id, { up: { latencyMs: nemesis.int(0, 2_000), jitterMs: 50 }, down: { latencyMs: nemesis.int(0, 500) } });
      else if (dice < 0.12)
        world.board.set(victim.id, { up: { cut: "blackhole" }, down: { cut: nemesis.float() < 0.5 ? "blackhole" : "open" } });
      else if (dice < 0.16) world.board.set(victim.id, { up: { cut: "reset" }, down: { cut: "reset" } });
      else if (dice < 0.22) world.board.heal(victim.id);
      else if (dice < 0.25) world.node.crash();
      else if (dice < 0.3) this.restart();
      await world.run(nemesis.int(1, 500));
    }
    world.board.heal();
    this.restart();
    for (const { note } of world.members) note.session.retryNow();
    await world.run(60_000);
  }
}

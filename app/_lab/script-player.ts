/** Plays what was noted down into a world whose time goes by: each command at its moment, the end at the end. */

import { assert } from "../../crdt/base/assert.ts";
import type { SandboxCommand, SandboxRecord } from "../../crdt/lab/sandbox-record.ts";
import type { Sandbox } from "../../crdt/lab/sandbox.ts";

export class ScriptPlayer {
  readonly #sandbox: Sandbox;
  readonly #record: SandboxRecord;
  #next = 0;
  isActing = false;

  /** The sandbox is at its beginning, under the record's options. */
  constructor(sandbox: Sandbox, record: SandboxRecord) {
    this.#sandbox = sandbox;
    this.#record = record;
  }

  /** Lets so much time go by, or less where the script ends. Returns whether it has. */
  async advance(durationMs: number): Promise<boolean> {
    const { commands, untilMs } = this.#record;
    const toMs = Math.min(this.#sandbox.nowMs + durationMs, untilMs);
    for (;;) {
      const next = commands[this.#next];
      const stopMs = Math.min(next?.atMs ?? toMs, toMs);
      if (stopMs > this.#sandbox.nowMs) await this.#sandbox.advance(stopMs - this.#sandbox.nowMs);
      if (next === undefined || next.atMs > toMs) break;
      this.#next++;
      const { atMs, ...command } = next;
      assert(atMs <= this.#sandbox.nowMs, `A command of ${atMs} ms at ${this.#sandbox.nowMs} ms`);
      await this.#act(command);
    }
    return this.#sandbox.nowMs >= untilMs;
  }

  /** To the next command, or to the end. Returns whether that is reached. */
  async step(): Promise<boolean> {
    const { commands, untilMs } = this.#record;
    const toMs = commands[this.#next]?.atMs ?? untilMs;
    return await this.advance(Math.max(0, toMs - this.#sandbox.nowMs));
  }

  async #act(command: SandboxCommand): Promise<void> {
    this.isActing = true;
    try {
      await this.#sandbox.act(command);
    } catch (error) {
      // A message that somebody else has touched is not there to be touched: the hash will say that it came out otherwise.
      if (!(error instanceof RangeError)) throw error;
    } finally {
      this.isActing = false;
    }
  }
}

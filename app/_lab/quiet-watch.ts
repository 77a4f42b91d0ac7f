/** In the worker: whenever a world has come to rest, hands over what was typed since, to be looked at for anomalies elsewhere; one stretch at a time. */

import type { SandboxHooks } from "../../crdt/lab/sandbox.ts";
import { Stretches } from "../../crdt/lab/stretches.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { FromWorker, LabStretch } from "./lab-messages.ts";

export class QuietWatch {
  readonly #post: (message: FromWorker) => void;
  #world = 0;
  #strategy: StrategyName = STRATEGY_NAMES[0]!;
  #stretches: Stretches | null = null;
  /** Being looked at elsewhere. */
  #open: LabStretch | null = null;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  /** What a world that is about to be opened must tell; `enter` takes what they were told. */
  hooks(): { readonly hooks: Required<Pick<SandboxHooks, "onOpened" | "onText" | "onActed">>; readonly stretches: () => Stretches | null } {
    let stretches: Stretches | null = null;
    return {
      hooks: {
        onOpened: (sandbox) => (stretches = new Stretches(sandbox)),
        onText: (replica, splices, origin) => stretches?.changed(replica, splices, origin),
        onActed: (command, acted) => stretches?.acted(command, acted),
      },
      stretches: () => stretches,
    };
  }

  /** Another world is the present one. What is still looked at of the last one counts for nothing. */
  enter(world: number, strategy: StrategyName, stretches: Stretches | null): void {
    this.#world = world;
    this.#strategy = strategy;
    this.#stretches = stretches;
    this.#open = null;
  }

  /** Some time has gone by, or something was done. Cost: none without news. */
  look(): void {
    if (this.#open !== null) return;
    const taken = this.#stretches?.take() ?? null;
    if (taken !== null) this.#send(taken === "too long" ? { isWhole: true, stretch: null } : { isWhole: taken.isWhole, stretch: taken });
  }

  /** What was handed over has been looked at. Where it came out otherwise, the run from its beginning may not. */
  looked(world: number, isSame: boolean): void {
    if (world !== this.#world || this.#open === null) return;
    const { isWhole } = this.#open;
    this.#open = null;
    if (!isSame && !isWhole) this.#send({ isWhole: true, stretch: this.#stretches?.whole() ?? null });
    else this.look();
  }

  #send(open: Pick<LabStretch, "isWhole" | "stretch">): void {
    this.#open = { ...open, world: this.#world, strategy: this.#strategy };
    this.#post({ type: "stretch", ...this.#open });
  }
}

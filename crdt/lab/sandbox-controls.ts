/** What can be done to a sandbox: its commands, and the steps of scenarios, each at the moment at which it is called. */

import { unreachable } from "../base/assert.ts";
import type { LinkConditions } from "../network/conditions.ts";
import type { Direction } from "../network/link.ts";
import { sentenceOf } from "./act-words.ts";
import type { Shape } from "./json-shape.ts";
import type { Acted, SandboxEditors } from "./sandbox-editors.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import { actionOf, type SandboxCommand } from "./sandbox-record.ts";
import type { SandboxWorld } from "./sandbox-world.ts";
import { NODE_NAMES, REPLICA_NAMES } from "./script.ts";

export class SandboxControls {
  readonly #world: SandboxWorld;
  readonly #log: SandboxLog;
  readonly #editors: SandboxEditors;

  constructor(world: SandboxWorld, log: SandboxLog, editors: SandboxEditors) {
    this.#world = world;
    this.#log = log;
    this.#editors = editors;
  }

  /** Does what a command says, and logs it. @throws RangeError when it cannot be done; nothing has happened then. */
  async take(command: SandboxCommand): Promise<Acted> {
    this.#log.beginWork();
    const acted = command.do === "step" ? await this.#takeStep(command.step) : this.#do(command);
    this.#log.endWork();
    if (command.do === "hold" || command.do === "cut" || command.do === "heal" || command.do === "heal-all") this.#editors.lookApart();
    return acted;
  }

  /** A step of a scenario; what could not be done is told as an event. */
  async #takeStep(step: Shape): Promise<Acted> {
    const { options, nodeLane, hand } = this.#world;
    const action = actionOf(step, "step", options);
    const lane = "by" in action ? REPLICA_NAMES.indexOf(action.by) : "node" in action ? nodeLane + NODE_NAMES.indexOf(action.node) : -1;
    this.#log.control(lane, sentenceOf(action, String, options.nodes).replace(/\.$/, ""));
    if ("by" in action && action.do !== "meta") this.#editors.setBot(lane, false);
    const taken = await hand.take(action);
    if (taken === null) return null;
    if (taken.kind === "refused") {
      this.#log.refused(lane, taken.reason);
      return { refusal: taken.reason };
    }
    this.#log.control(lane, `that could not be done: ${taken.reason}`);
    return null;
  }

  #do(command: Exclude<SandboxCommand, { readonly do: "step" }>): Acted {
    const world = this.#world;
    switch (command.do) {
      case "edit": {
        const acted = this.#editors.edit(command.by, command.splices, command.caret, "person");
        this.#editors.setBot(command.by, false);
        return acted;
      }
      case "caret":
        this.#editors.showCaret(command.by, command.anchor, command.head);
        return null;
      case "link":
        this.#setLinks(command.by, command.direction, command.set);
        this.#log.control(command.by, `link ${command.direction}: ${JSON.stringify(command.set)}`);
        return null;
      case "cut":
        this.#setLinks(command.by, command.direction, { cut: "blackhole" });
        this.#log.control(command.by, command.direction === "both" ? "cut off" : `cut ${command.direction}`);
        return null;
      case "heal":
        this.#heal(command.by);
        return null;
      case "heal-all":
        for (let replica = 0; replica < world.options.replicas; replica++) this.#heal(replica);
        if (world.nodes.heal()) this.#log.control(-1, "the links between nodes are healed");
        return null;
      case "reset":
        world.stage.reset(world.member(command.by));
        this.#log.control(command.by, "the connection breaks");
        return null;
      case "hold":
        world.setHeld(command.isHeld);
        this.#log.control(-1, command.isHeld ? "the network is held" : "the network goes on");
        return null;
      case "message":
      case "delay":
      case "move":
        this.#touch(command);
        return null;
      case "bot":
        if (command.isOn === this.#editors.isBot(command.by)) return null;
        this.#editors.setBot(command.by, command.isOn);
        this.#log.control(command.by, command.isOn ? "a bot types" : "the bot lets go");
        return null;
      case "clock":
        world.member(command.by).wall.offsetMs = command.offsetMs;
        this.#log.control(command.by, `the clock is off by ${command.offsetMs} ms`);
        return null;
      case "stamps":
        world.stampBy(command.kind);
        this.#log.control(-1, `writes are stamped by the ${command.kind} clock from now on`);
        return null;
      case "lock":
        if (command.act === "ask") world.member(command.by).note.acquireLock();
        else world.member(command.by).note.releaseLock();
        this.#log.control(command.by, command.act === "ask" ? "asks for the lock" : "gives the lock up");
        return null;
      default:
        return unreachable(command);
    }
  }

  /** Messages on their way. */
  #touch(command: Extract<SandboxCommand, { readonly do: "message" | "delay" | "move" }>): void {
    const { wires } = this.#world;
    const { message } = command;
    switch (command.do) {
      case "message":
        if (!wires.touch(message, command.act)) throw new RangeError(`Message ${message} is not on its way`);
        return;
      case "delay":
        if (!wires.delay(message, command.ms)) throw new RangeError(`Message ${message} is not on its way`);
        this.#log.control(-1, `message ${message} is delayed by ${command.ms} ms`);
        return;
      case "move": {
        const { side, other } = command;
        if (!wires.move(message, side, other))
          throw new RangeError(`Message ${message} cannot be moved: both must be on their way on the same wire, and held alike`);
        this.#log.control(-1, `message ${message} is moved ${side} message ${other}`);
        return;
      }
      default:
        unreachable(command);
    }
  }

  #heal(replica: number): void {
    const { id, note } = this.#world.member(replica);
    const { up, down } = this.#world.stage.board.get(id);
    if (up.cut === "open" && down.cut === "open") {
      // Not by a cut: it may have given up, and is to ask again.
      if (note.session.status().connection !== "synced") note.session.retryNow();
      return;
    }
    this.#setLinks(replica, "both", { cut: "open" });
    note.session.retryNow();
    this.#log.control(replica, "healed");
  }

  #setLinks(replica: number, direction: Direction | "both", set: Partial<LinkConditions>): void {
    const { id } = this.#world.member(replica);
    this.#world.stage.board.set(id, { ...(direction === "down" ? {} : { up: set }), ...(direction === "up" ? {} : { down: set }) });
  }
}

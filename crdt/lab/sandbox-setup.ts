/** What the world of a sandbox is beyond its strategy and its replicas: where a scenario asks for it. To and from JSON. */

import { CLOCK_KINDS, type ClockKind } from "../causal/stamp-clock.ts";
import { choiceAt, countAt, fieldsAt, flagAt, listAt, numberAt, objectAt, ScenarioError, textAt } from "./json-shape.ts";
import { type EngineName, isEngineName } from "./meta-engines.ts";
import type { MetaStart } from "./meta-replica.ts";
import { LEASE_MS_MAX, LEASE_MS_MIN, NODE_NAMES, type NodeName } from "./script.ts";

export interface SandboxSetup {
  /** What last-writer-wins strategies stamp with; left out: the wall clock. */
  readonly clock?: ClockKind;
  /** Left out: streams. */
  readonly mode?: "datagram";
  /** Whose edits an undo takes back; left out: nobody undoes anything. */
  readonly undo?: "own" | "all";
  /** There is metadata, and this is in it at the beginning. */
  readonly meta?: MetaStart;
  /** What holds the metadata in place of the product's own type, or which lock of one node there is. */
  readonly engine?: EngineName;
  /** Of several nodes, false: who leads is trusted to know it by time. */
  readonly hasFencing?: false;
  /** By replica; left out: in turn, S1, S2 and so on. */
  readonly homes?: readonly NodeName[];
  /** Of several nodes: the one where the note begins, which orders it if one does; left out: S1, or where the first replica is. */
  readonly startAt?: NodeName;
  /** Of several nodes: for how long a note's lease is granted; left out: as everywhere else. */
  readonly leaseMs?: number;
  /** By replica; left out: no clock is off. */
  readonly clocks?: readonly { readonly offsetMs: number; readonly driftPpm: number }[];
}

const FIELDS = ["clock", "mode", "undo", "meta", "engine", "hasFencing", "homes", "startAt", "leaseMs", "clocks"];

/** @throws ScenarioError */
export function setupAt(value: unknown, path: string, replicas: number, nodes: number): SandboxSetup {
  const shape = objectAt(value, path);
  fieldsAt(shape, FIELDS, path);
  const { clock, mode, undo, meta, engine, hasFencing, homes, startAt, leaseMs, clocks } = shape;
  if (nodes > 1 && (meta !== undefined || mode !== undefined || engine !== undefined))
    throw new ScenarioError(path, "metadata, locks of one node and datagrams go with 1 node only");
  const perReplica = (list: unknown, at: string): readonly unknown[] => {
    const given = listAt(list, at);
    if (given.length !== replicas) throw new ScenarioError(at, `expected ${replicas}, one for each replica, got ${given.length}`);
    return given;
  };
  return {
    ...(clock === undefined ? {} : { clock: choiceAt(clock, CLOCK_KINDS, `${path}.clock`) }),
    ...(mode === undefined ? {} : { mode: choiceAt(mode, ["datagram"] as const, `${path}.mode`) }),
    ...(undo === undefined ? {} : { undo: choiceAt(undo, ["own", "all"] as const, `${path}.undo`) }),
    ...(meta === undefined ? {} : { meta: metaAt(meta, `${path}.meta`) }),
    ...(engine === undefined ? {} : { engine: engineAt(engine, `${path}.engine`) }),
    ...(hasFencing === undefined || flagAt(hasFencing, `${path}.hasFencing`) ? {} : { hasFencing: false }),
    ...(homes === undefined
      ? {}
      : {
          homes: perReplica(homes, `${path}.homes`).map((home, n) => choiceAt(home, NODE_NAMES.slice(0, nodes), `${path}.homes[${n}]`)),
        }),
    ...(startAt === undefined ? {} : { startAt: choiceAt(startAt, NODE_NAMES.slice(0, nodes), `${path}.startAt`) }),
    ...(leaseMs === undefined ? {} : { leaseMs: leaseAt(leaseMs, `${path}.leaseMs`) }),
    ...(clocks === undefined
      ? {}
      : {
          clocks: perReplica(clocks, `${path}.clocks`).map((entry, n) => {
            const at = `${path}.clocks[${n}]`;
            const one = objectAt(entry, at);
            return { offsetMs: numberAt(one.offsetMs, `${at}.offsetMs`), driftPpm: numberAt(one.driftPpm, `${at}.driftPpm`) };
          }),
        }),
  };
}

/** @throws ScenarioError */
export function leaseAt(value: unknown, path: string): number {
  const leaseMs = countAt(value, path);
  if (leaseMs < LEASE_MS_MIN || leaseMs > LEASE_MS_MAX)
    throw new ScenarioError(path, `expected ${LEASE_MS_MIN} to ${LEASE_MS_MAX}, got ${leaseMs}`);
  return leaseMs;
}

function metaAt(value: unknown, path: string): MetaStart {
  const { title, tags, views } = objectAt(value, path);
  return {
    ...(title === undefined ? {} : { title: textAt(title, `${path}.title`) }),
    ...(tags === undefined ? {} : { tags: listAt(tags, `${path}.tags`).map((tag, n) => textAt(tag, `${path}.tags[${n}]`)) }),
    ...(views === undefined ? {} : { views: countAt(views, `${path}.views`) }),
  };
}

function engineAt(value: unknown, path: string): EngineName {
  const name = textAt(value, path);
  if (!isEngineName(name)) throw new ScenarioError(path, `unknown engine ${JSON.stringify(name)}`);
  return name;
}

/** Where everything on the bench page is computed. It is ended, not asked, when a run is cancelled. */

import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { CATALOGUE } from "../../crdt/lab/catalogue.ts";
import { runBench, type Task } from "../../crdt/lab/bench/bench-run.ts";
import type { History } from "../../crdt/lab/bench/history.ts";
import { measureHistory } from "../../crdt/lab/bench/measure.ts";
import { measureScenario } from "../../crdt/lab/bench/measure-scenario.ts";
import { firstSteps, parseTraceFile } from "../../crdt/lab/bench/trace-file.ts";
import { type WorkloadInfo, WORKLOADS, workloadOf } from "../../crdt/lab/bench/workloads.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { FromWorker, Plan, PlannedWorkload, ToWorker } from "./bench-messages.ts";

interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

interface OpenedTrace {
  readonly workload: WorkloadInfo;
  readonly history: History;
}

const scope = self as unknown as Scope;
const SCENARIO = "scenario:";
/** Those that are about a note's text: titles, tags and counters pass through no engine. */
const SCENARIOS = CATALOGUE.filter(({ tags }) => !tags.includes("metadata"));
/** The largest file that is opened, unpacked. */
const TRACE_BYTES_MAX = 256 * 1024 * 1024;
const traces = new Map<string, OpenedTrace>();
let onWeight: ((bytes: number | null) => void) | null = null;

scope.onmessage = ({ data }) => {
  if (data.type === "weight") onWeight?.(data.bytes);
  else if (data.type === "trace") {
    openTrace(data.name, data.bytes).then(
      ({ workload, history }) => scope.postMessage({ type: "trace", workload, steps: history.steps.length }),
      (error: unknown) => scope.postMessage({ type: "no-trace", name: data.name, reason: wordsOf(error) }),
    );
  } else {
    run(data.plan).then(
      () => scope.postMessage({ type: "done" }),
      (error: unknown) => scope.postMessage({ type: "failed", reason: wordsOf(error) }),
    );
  }
};
scope.postMessage({
  type: "ready",
  workloads: [
    ...WORKLOADS.map(infoOf),
    ...SCENARIOS.map(({ id, title, lesson }): WorkloadInfo => ({
      id: `${SCENARIO}${id}`,
      title,
      about: `${lesson} Played N times, each with links, a room and a disk of its own.`,
      group: "scenarios",
    })),
  ],
  clockStepMs: clockStep(),
});

async function run({ workloads, engines, repetitions, isWeighing }: Plan): Promise<void> {
  const strategies = await Promise.all(engines.map(loadNodeStrategy));
  const tasks = await Promise.all(workloads.map(taskOf));
  await runBench(tasks, strategies, repetitions, {
    nowMs: () => performance.now(),
    onProgress: (progress) => scope.postMessage({ type: "progress", progress }),
    onRow: (row) => scope.postMessage({ type: "row", row }),
    openCopy: (strategy, state) => strategy.open({ replica: replicaIdFrom(1), clock: new VirtualClock(), state }),
    ...(isWeighing ? { weigh } : {}),
  });
}

async function taskOf({ id, count }: PlannedWorkload): Promise<Task> {
  const opened = traces.get(id);
  const scenario = SCENARIOS.find((each) => `${SCENARIO}${each.id}` === id);
  if (scenario !== undefined) {
    const script = await scenario.load();
    const workload: WorkloadInfo = { id, title: scenario.title, about: scenario.lesson, group: "scenarios" };
    return {
      workload,
      count,
      measure: (strategy, passes) => measureScenario(script, strategy, () => performance.now(), count, count * passes.load),
    };
  }
  const workload = opened?.workload ?? infoOf(workloadOf(id));
  const history = opened === undefined ? workloadOf(id).history(count) : firstSteps(opened.history, count);
  return { workload, count, measure: (strategy, passes) => measureHistory(history, strategy, () => performance.now(), passes) };
}

async function openTrace(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<OpenedTrace> {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isPacked ? new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")) : new Blob([bytes]).stream();
  const history = parseTraceFile(name, JSON.parse(await textOf(plain)));
  const { agents } = history;
  const about = `${agents === 1 ? "One writer" : `${agents} writers`}, recorded; the first N steps.`;
  const opened: OpenedTrace = { workload: { id: `trace:${name}`, title: name, about, group: "recorded" }, history };
  traces.set(opened.workload.id, opened);
  return opened;
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (let length = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > TRACE_BYTES_MAX) throw new RangeError(`The file holds more than ${TRACE_BYTES_MAX} bytes when unpacked`);
    text += decoder.decode(value, { stream: true });
  }
}

/** What can be posted of a workload. */
function infoOf({ id, title, about, group }: WorkloadInfo): WorkloadInfo {
  return { id, title, about, group };
}

function weigh(): Promise<number | null> {
  scope.postMessage({ type: "weigh" });
  return new Promise((resolve) => (onWeight = resolve));
}

/** The smallest step of the clock, of some that are waited for. */
function clockStep(): number {
  let step = Infinity;
  for (let n = 0; n < 10; n++) {
    const from = performance.now();
    let to = from;
    while (to === from) to = performance.now();
    step = Math.min(step, to - from);
  }
  return step;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One peer and one case, or one material of a peer: argv is the job as JSON, stdout the answer as JSON. */

import { DEFAULT_CASES, GROWTH_CASES, historyNamed } from "./cases/all.ts";
import { type Case, expectText, type Material, type MaterialData, type Sample } from "./cases/case.ts";
import { play } from "./cases/concurrent.ts";
import { CLOCK_NAME, cpuMs } from "./cpu-clock.ts";
import { openPeer } from "./drivers/open.ts";
import type { Answer, Job } from "./job.ts";
import { readMaterial, writeMaterial } from "./materials.ts";
import type { Peer } from "./peer.ts";
import { loadTrace } from "./traces.ts";

/** More repetitions than asked for are made while they are this short together. */
const CHEAP_MS = 800;
const REPETITIONS_MAX = 25;
/** A first run that takes more of the budget than this counts: there is no time for another. */
const WARM_UP_SHARE = 0.34;
/** Cheap cases are warmed up this often: the compiler takes several runs. */
const WARM_UPS = 5;

const job = JSON.parse(process.argv[2] ?? "null") as Job;
const peer = await openPeer(job.peer, job.peersFolder);
const answer = job.task.startsWith("material:")
  ? makeMaterial(job.task.slice("material:".length) as Material)
  : job.task === "open"
    ? checkOpen(peer)
    : measure([...DEFAULT_CASES, ...GROWTH_CASES].find(({ id }) => id === job.task));
process.stdout.write(JSON.stringify(answer));

/** A peer that starts but cannot write is missing too. */
function checkOpen(opened: Peer): Answer {
  const copy = opened.create(1);
  copy.edit([0, 0, "abc"]);
  copy.edit([1, 1, ""]);
  copy.settle();
  expectText(copy.text(), "ac");
  return { samples: [], clock: CLOCK_NAME, isWarm: false, isRecorded: null };
}

function makeMaterial(name: Material): Answer {
  let isRecorded: boolean | null = null;
  let data: MaterialData;
  if (name.startsWith("history:")) {
    const history = historyNamed(name.slice("history:".length), job.isQuick);
    data = play(peer, history);
    if (history.endContent !== null) isRecorded = data.text === history.endContent;
  } else {
    const trace = loadTrace(job.traceName);
    const copy = peer.create(1);
    const updates: Uint8Array[] = [];
    if (name === "updates") copy.listen((update) => updates.push(update));
    for (const patch of trace.patches) copy.edit(patch);
    copy.settle();
    expectText(copy.text(), trace.endContent);
    data = { text: copy.text(), blob: name === "saved" ? copy.saved() : null, updates };
  }
  writeMaterial(job.materialsFolder, job.peer, name, data);
  return { samples: [], clock: CLOCK_NAME, isWarm: false, isRecorded };
}

function measure(wanted: Case | undefined): Answer {
  if (wanted === undefined) throw new RangeError(`No case "${job.task}"`);
  const repeat = wanted.prepare({
    peer,
    trace: loadTrace(job.traceName),
    material: (name) => readMaterial(job.materialsFolder, job.peer, name),
  });
  const from = cpuMs();
  const spentMs = (): number => cpuMs() - from;
  const first = repeat();
  if (wanted.isFresh === true) return { samples: [first], clock: CLOCK_NAME, isWarm: false, isRecorded: null };
  const isWarm = spentMs() < job.budgetMs * WARM_UP_SHARE;
  for (let n = 1; n < WARM_UPS && spentMs() < job.budgetMs * WARM_UP_SHARE * 0.5; n++) repeat();
  const warmedUpMs = spentMs();
  const samples: Sample[] = isWarm ? [repeat()] : [first];
  for (;;) {
    const isEnough = samples.length >= job.repetitions && (spentMs() - warmedUpMs > CHEAP_MS || samples.length >= REPETITIONS_MAX);
    if (isEnough || spentMs() > job.budgetMs) break;
    samples.push(repeat());
  }
  return { samples, clock: CLOCK_NAME, isWarm, isRecorded: null };
}

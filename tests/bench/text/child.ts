/** One peer, one case: argv is the peer, the case, the trace and the number of repetitions; the samples go to stdout as JSON. */

import { CASES, loadTrace, type Sample } from "./cases.ts";
import { openPeer, type PeerName } from "./peers.ts";

const [peerName, caseId, traceName, repetitions] = process.argv.slice(2);
const peer = await openPeer(peerName as PeerName);
const wanted = CASES.find(({ id }) => id === caseId);
if (peer === null || wanted === undefined || traceName === undefined) throw new Error(`Nothing to run: ${process.argv.slice(2).join(" ")}`);
const repeat = wanted.run(peer, loadTrace(traceName));
// The first goes to the compiler.
repeat();
const samples: Sample[] = Array.from({ length: Number(repetitions) }, () => repeat());
process.stdout.write(JSON.stringify(samples));

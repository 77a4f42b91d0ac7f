/** The world of the laboratory, away from the page: whatever it has to do, the page goes on. */

import { LabEngine } from "./lab-engine.ts";
import type { FromWorker, ToWorker } from "./lab-messages.ts";

interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = self as unknown as Scope;

const engine = new LabEngine({
  post: (message) => scope.postMessage(message),
  now: () => performance.now(),
  // A timer, so that a world that is ahead of its time waits; not shorter than what a browser makes of it anyway.
  turn: () => new Promise((resolve) => setTimeout(resolve, 4)),
});
scope.onmessage = ({ data }) => engine.receive(data);

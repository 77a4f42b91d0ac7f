/** Where a scenario can be watched: the path and fragment that open it on /lab of any Riftpad. */

import { writeScenario } from "../../../crdt/lab/script-writer.ts";
import type { Script } from "../../../crdt/lab/script.ts";
import { packFragment } from "../../../crdt/lab/share.ts";

/** The link, or a sentence that says why there is none. `script.strategies` names the one that it opens under. */
export function labLinkOf(script: Script): { readonly link: string } | { readonly lack: string } {
  const fragment = packFragment(writeScenario(script));
  return fragment === null ? { lack: "it is too long for a link: open the file" } : { link: `/lab#s=${fragment}` };
}

/** "watch: /lab#s=..." or "no link: ...". */
export function linkLine(script: Script): string {
  const found = labLinkOf(script);
  return "link" in found ? `watch: ${found.link}` : `no link: ${found.lack}`;
}

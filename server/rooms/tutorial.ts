/** The note that a first start finds. */

import { CATALOG_NOTE_ID, parseNoteId } from "../../crdt/base/ids.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { RoomHub } from "./room-hub.ts";

export const TUTORIAL_NOTE_ID = parseNoteId("welcome")!;
const TITLE = "Welcome to Riftpad";
const TEXT = `# Break this network

This is a note. It is also a laboratory: everything you see is computed by the replicas in your tabs.

1. **Open another replica** (the button at the top right). Put the two tabs side by side and type in both.
2. **Press *Partition* in one of them.** Type on both sides. The strip at the bottom says who has drifted, and by how much.
3. **Press it again to heal.** Watch both texts become one, and how long that took.

Then make a **new note** with *Last write wins* and do the same. One side's words will be gone:
open **Ledger** to see which, why, and to put them back.

- *Latency* slows this tab down by 800 ms each way.
- **Network** has every link of every replica, with presets.
- **Replicas** shows who holds what, decided by hashes.
- **Compare note** replays what you typed here through every strategy.
`;

/** Writes the tutorial into an empty list of notes; leaves any other list alone. */
export async function seedTutorial(hub: RoomHub): Promise<void> {
  const { room: list } = await hub.open(CATALOG_NOTE_ID);
  if (hub.catalog.noteCount > 0) return;
  const [strategy] = STRATEGY_NAMES;
  if (strategy === undefined) return;
  const { room, document } = await hub.open(TUTORIAL_NOTE_ID, strategy);
  const edited = document()?.edit([{ index: 0, remove: 0, insert: TEXT }]);
  if (edited?.isAccepted !== true) return;
  room.publish(edited.update);
  list.publish(hub.catalog.addNote({ noteId: TUTORIAL_NOTE_ID, title: TITLE, strategy }));
}

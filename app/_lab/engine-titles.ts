/** What the types under metadata are called, by name. */

import type { EngineName } from "../../crdt/lab/meta-engines.ts";

export const ENGINE_TITLES: Readonly<Record<EngineName, string>> = {
  lww: "Last writer wins, wall clocks",
  "lww-lamport": "Last writer wins, Lamport clocks",
  "lww-hybrid": "Last writer wins, hybrid clocks",
  mv: "Multi-value register",
  "y-map": "Map entry of a CRDT, as in Yjs",
  "cas-title": "Register, version checked by the node",
  "quorum-title": "Register, written blindly in one order",
  "or-set": "OR-Set, add wins",
  "remove-wins": "Set, removal wins",
  "2p-set": "2P-Set, no way back",
  "lww-element-set": "LWW element set",
  "g-counter": "G-Counter",
  "pn-counter": "PN-Counter",
  "lww-integer": "Integer, last writer wins",
  "op-counter": "Sum of messages",
  "pin-order": "Order by key and id",
  "pin-midpoint": "Order by midpoints",
  "folder-lww": "Folders, each parent a register",
  "folder-move": "Folders, moves that make a loop are skipped",
  "folder-reattach": "Folders, a loop hangs where it hung last",
  "delete-wins": "Deletion wins",
  "edit-wins": "Edit wins",
  "latest-stamp": "Latest stamp wins",
  setnx: "Lock: set if not there",
  "setnx-owner": "Lock: set if not there, owner checked",
};

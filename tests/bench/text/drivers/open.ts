/** The driver of each peer. Foreign packages come from the peers' own folder; yjs and ours from the project. */

import { createRequire } from "node:module";
import { join } from "node:path";
import type { Peer, PeerName } from "../peer.ts";
import { open as openAutomerge } from "./automerge.ts";
import { open as openDiamondTypes } from "./diamond-types.ts";
import { open as openJsonJoy } from "./json-joy.ts";
import { open as openListPositions } from "./list-positions.ts";
import { open as openLoro } from "./loro.ts";
import { open as openOurs } from "./ours.ts";
import { open as openYjs } from "./yjs.ts";

/** @throws where the package is not installed in `peersFolder`, or does not start. */
export async function openPeer(name: PeerName, peersFolder: string): Promise<Peer> {
  const load = (specifier: string): unknown => createRequire(join(peersFolder, "package.json"))(specifier);
  switch (name) {
    case "ours":
      return openOurs();
    case "yjs":
      return openYjs();
    case "loro-crdt":
      return openLoro(load);
    case "@automerge/automerge":
      return openAutomerge(load);
    case "json-joy":
      return openJsonJoy(load);
    case "diamond-types-node":
      return openDiamondTypes(load);
    case "list-positions":
      return openListPositions(load);
  }
}

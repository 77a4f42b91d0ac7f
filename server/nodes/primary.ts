/** The server as one: for what is asked of it and not of a node, the first node that is ready answers. */

import type { RoomHub } from "../rooms/room-hub.ts";
import type { Store } from "../store/store.ts";
import type { Fleet } from "./fleet.ts";

export type ServerHub = Pick<RoomHub, "find" | "rooms" | "open" | "strategyOf" | "catalog" | "readOnly" | "counts" | "size">;
export type ServerStore = Pick<Store, "find" | "losses" | "putLosses" | "putName" | "putStamps">;

export function hubOfPrimary(fleet: Fleet): ServerHub {
  if (!fleet.isSeveral) return fleet.primary.hub;
  const hub = (): RoomHub => fleet.primary.hub;
  return {
    find: (noteId) => hub().find(noteId),
    rooms: () => hub().rooms(),
    open: (noteId, wanted) => hub().open(noteId, wanted),
    strategyOf: (noteId) => hub().strategyOf(noteId),
    get catalog() {
      return hub().catalog;
    },
    get readOnly() {
      return hub().readOnly;
    },
    get counts() {
      return hub().counts;
    },
    get size() {
      return hub().size;
    },
  };
}

export function storeOfPrimary(fleet: Fleet): ServerStore {
  if (!fleet.isSeveral) return fleet.primary.store;
  const store = (): Store => fleet.primary.store;
  return {
    find: (noteId) => store().find(noteId),
    losses: (noteId) => store().losses(noteId),
    putLosses: (noteId, losses) => store().putLosses(noteId, losses),
    putName: (replica, name) => store().putName(replica, name),
    // A node may lose its disk, or be down.
    putStamps: (stamps) => {
      for (const { store: each } of fleet.running()) each.putStamps(stamps);
    },
  };
}

/**
 * Peers that leave: a thousand may do so in one moment, and to answer each and let it go takes about 0.05 ms, most of it in
 * Node and `ws`. So it is done some in a turn.
 */

import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { Turns } from "./turns.ts";
import { rawOf } from "./ws-transport.ts";

/** What `ws` has and its types do not. */
interface Inner {
  readonly _closeFrameReceived?: boolean;
  emitClose?(): void;
}

const inner = WebSocket.prototype as Inner;

/** What `ws` makes of an upgrade: answers a goodbye, and tells of its end, when it is its turn. */
export function answeringIn(turns: Turns): typeof WebSocket {
  return class extends WebSocket {
    /** However the socket was closed: a thousand may be reset at once. */
    emitClose(): void {
      turns.take(() => inner.emitClose?.call(this));
    }

    override close(code?: number, reason?: string | Buffer): void {
      if ((this as Inner)._closeFrameReceived === true) turns.take(() => super.close(code, reason));
      else super.close(code, reason);
    }
  };
}

/** Lets sockets go whose peers have ended their streams, when it is their turn. */
export class Endings {
  readonly #letGo: (this: Socket) => void;

  constructor(turns: Turns) {
    this.#letGo = function letGo(): void {
      // What was written last may still be on its way.
      turns.take(() => (this.writableLength > 0 ? this.end() : this.destroy()));
    };
  }

  /**
   * In the place of what `ws` does: it answers with an end of its own, and ends its receiver once more when the socket is closed, which
   * makes an error object that nobody sees.
   */
  watch(socket: WebSocket): void {
    const raw = rawOf(socket);
    const ofWs = raw?.listeners("end").find(({ name }) => name === "socketOnEnd");
    if (raw === null || ofWs === undefined) return;
    raw.off("end", ofWs as () => void);
    // One function for all: each costs memory.
    raw.on("end", this.#letGo);
  }
}

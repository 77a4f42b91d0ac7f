/** A connection in memory: two ends on one clock, each frame a turn of the clock away from the other end. */

import type { Clock } from "../base/clock.ts";
import type { Closed, Connect, Transport, TransportHandlers } from "./transport.ts";

/** What the listening end is given for each connection: its transport, to which it answers with handlers. */
export type Accept = (transport: Transport, terminate: () => void) => { onFrame(frame: Uint8Array): void; onClose(closed: Closed): void };

/** `Connect` to whatever `accept` makes of a connection; null refuses it. */
export function connectThrough(clock: Clock, accept: () => Accept | null): Connect {
  return (client: TransportHandlers): Transport => {
    let isOpen = true;
    let server: ReturnType<Accept> | null = null;
    /** Ends both ends, the caller's peer with `closed`; once. */
    const end = (closed: Closed): void => {
      if (!isOpen) return;
      isOpen = false;
      clock.setTimer(0, () => {
        client.onClose(closed);
        server?.onClose(closed);
      });
    };
    const serverEnd: Transport = {
      send(frame) {
        if (isOpen) clock.setTimer(0, () => client.onFrame(frame));
      },
      close: (code, reason) => end({ code, reason }),
      bufferedBytes: 0,
    };
    clock.setTimer(0, () => {
      if (!isOpen) return;
      const accepted = accept();
      if (accepted === null) {
        end({ code: 1006, reason: "Refused" });
        return;
      }
      server = accepted(serverEnd, () => end({ code: 1006, reason: "Reset" }));
      client.onOpen();
    });
    return {
      send(frame) {
        if (isOpen) clock.setTimer(0, () => server?.onFrame(frame));
      },
      close: (code, reason) => end({ code, reason }),
      bufferedBytes: 0,
    };
  };
}

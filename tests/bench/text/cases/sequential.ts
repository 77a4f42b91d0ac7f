/** One writer, recorded: typing, updates out, updates in, files. */

import { gzipSync } from "node:zlib";
import { timed } from "../cpu-clock.ts";
import type { EncodeKind } from "../peer.ts";
import { type Case, expectText } from "./case.ts";

/** A warm load is repeated until one sample is this long. */
const LOAD_SAMPLE_MS = 10;

const ENCODE_IDS: readonly (readonly [string, EncodeKind])[] = [
  ["encode-full", "full"],
  ["encode-live", "without-deleted-text"],
  ["encode-cut", "cut"],
];

export const SEQUENTIAL: readonly Case[] = [
  {
    id: "local",
    prepare:
      ({ peer, trace }) =>
      () => {
        const copy = peer.create(1);
        const ms = timed(() => {
          for (const patch of trace.patches) copy.edit(patch);
          copy.settle();
        });
        expectText(copy.text(), trace.endContent);
        copy.close();
        return { ms };
      },
  },
  {
    id: "local10",
    prepare({ peer, trace }) {
      // Each round types at the front of what the last one left.
      const wanted = trace.endContent.repeat(10);
      return () => {
        const copy = peer.create(1);
        const ms = timed(() => {
          for (let round = 0; round < 10; round++) for (const patch of trace.patches) copy.edit(patch);
          copy.settle();
        });
        expectText(copy.text(), wanted);
        copy.close();
        return { ms };
      };
    },
  },
  {
    id: "emit",
    prepare:
      ({ peer, trace }) =>
      () => {
        const copy = peer.create(1);
        const updates: Uint8Array[] = [];
        copy.listen((update) => updates.push(update));
        const ms = timed(() => {
          for (const patch of trace.patches) copy.edit(patch);
        });
        expectText(copy.text(), trace.endContent);
        copy.close();
        return { ms, bytes: updates.reduce((sum, { length }) => sum + length, 0) / trace.patches.length };
      },
  },
  {
    id: "apply",
    needs: ["updates"],
    prepare({ peer, trace, material }) {
      const { updates } = material("updates");
      return () => {
        const copy = peer.create(2);
        const ms = timed(() => {
          for (const update of updates) copy.apply(update);
        });
        expectText(copy.text(), trace.endContent);
        copy.close();
        return { ms };
      };
    },
  },
  {
    id: "apply-batch",
    needs: ["updates"],
    prepare({ peer, trace, material }) {
      const { updates } = material("updates");
      return () => {
        const copy = peer.create(2);
        const ms = timed(() => copy.applyAll(updates));
        expectText(copy.text(), trace.endContent);
        copy.close();
        return { ms };
      };
    },
  },
  ...ENCODE_IDS.map(([id, kind]): Case => ({
    id,
    kind,
    prepare({ peer, trace }) {
      const copy = peer.create(1, kind);
      for (const patch of trace.patches) copy.edit(patch);
      copy.settle();
      expectText(copy.text(), trace.endContent);
      const bytes = new Uint8Array(copy.encode(kind));
      const gzip = gzipSync(bytes, { level: 9 }).length;
      return () => {
        // Who keeps what is coded already must see that something has changed.
        const middle = copy.length() >> 1;
        copy.edit([middle, 0, "x"]);
        copy.edit([middle, 1, ""]);
        copy.settle();
        const ms = timed(() => void copy.encode(kind));
        return { ms, bytes: bytes.length, gzip };
      };
    },
  })),
  {
    id: "load",
    needs: ["saved"],
    prepare({ peer, trace, material }) {
      const { blob } = material("saved");
      if (blob === null) throw new Error("Nothing saved");
      let rounds = 1;
      return () => {
        const texts: string[] = [];
        const ms = timed(() => {
          for (let n = 0; n < rounds; n++) {
            const copy = peer.load(blob);
            texts.push(copy.text());
            copy.close();
          }
        });
        for (const text of texts) expectText(text, trace.endContent);
        const each = ms / rounds;
        rounds = Math.max(1, Math.min(50, Math.ceil(LOAD_SAMPLE_MS / Math.max(each, 0.05))));
        return { ms: each };
      };
    },
  },
  {
    id: "load-cold",
    needs: ["saved"],
    isFresh: true,
    prepare({ peer, trace, material }) {
      const { blob } = material("saved");
      if (blob === null) throw new Error("Nothing saved");
      return () => {
        let text = "";
        const ms = timed(() => (text = peer.load(blob).text()));
        expectText(text, trace.endContent);
        return { ms };
      };
    },
  },
];

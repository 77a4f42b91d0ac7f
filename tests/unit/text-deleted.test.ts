import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ByteReader, fromBase64 } from "../../crdt/base/bytes.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { bytesToUnits, unitsToBytes } from "../../crdt/base/units.ts";
import { DeletedText } from "../../crdt/text/deleted-text.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { TextState } from "../../crdt/text/text-state.ts";

const [ANA, BO, CY] = [1, 2, 3].map(replicaIdFrom) as [ReplicaId, ReplicaId, ReplicaId];
const told = (document: TextDocument): string => JSON.stringify([...document.events()]);

// Two people, 60 edits, now alone, now at once, as format 2 wrote them.
const FORMAT_2 =
  "B+cCAgYCAZoBArEBlgICAJkBAbAB4QHuAW1NT8ENwCAIXIXVTHhLog++HaO/vp3DhTpCD64agyIcx4Hvc19zqLs1dYOr6j/WrSHvUqqKm88RJGTweXaJpBTY/HhIJEZN0jsAhaESwuxKxxA+NYobR8" +
  "PaWjQYXPaYJSVCAjFzBdmJBBf/MvkAuQE8AYAEcN3E5QFLLa8k46+n2LXQEqXY2rZ7A19xWKqYCHnzCB8/Jfqbl2RZt2+Wk/0qS6qpHpxDmnncVGbcQ+qSGT8O509Yw3sUuLOk0n4fqtZ0FCA8YRrB" +
  "uBrWYK+LYbuBVDL+IBljUrvcgOUFmeaSEzx8UarMvindknGtdwOTlUk0OnKWs1K6tCqmUBriF2wLT1Hn0BAFMkClzQduEtctMFlz/E0XPKUy8+xfG4Cyfa3h9bXseupHEDU6JQNZrpCYDzEL5Begbh" +
  "AH4obylGIgPwVkODBAQGaAbAeqUUgsAgA=";
const FORMAT_2_WITHOUT_DELETED =
  "B78CAgQCAZoBArEBlgICAJkBAbAB4QHuAW1NT8ENwCAIXIXVTHhLog++HaO/vp3DhTpCD64agyIcx4Hvc19zqLs1dYOr6j/WrSHvUqqKm88RJGTweXaJpBTY/HhIJEZN0jsAhaESwuxKxxA+NYobR8" +
  "PaWjQYXPaYJSVCAjFzBdmJBBf/MvkAuQE8AYAEcN3E5QFLLa8k46+n2LXQEqXY2rZ7A19xWKqYCHnzCB8/Jfqbl2RZt2+Wk/0qS6qpHpxDmnncVGbcQ+qSGT8O509Yw3sUuLOk0n4fqtZ0FCA8YRrB" +
  "uBrWYK+LYbuBVDL+IBljUrvcgOUFmeaSEzx8UarMvindknGtdwOTlUk0OnKWs1K6tCqmUBriF2wLT1Hn0BAFMkClzQduEtctMFlz/E0XPKUy8+xfG4Cyfa3h9bXseupHEA==";
const FORMAT_2_EVENTS = "0b577a5910eacf2488b26ac42dbae25d80606696bd6b69b477edab72d10133b4";

// Four times 35,000 units typed and deleted, then 60 edits of two people at once, as format 3 was first written, through fflate.
const FORMAT_3 =
  "B8EhAwYCAbuKEQJ5hccIAgC6ihEBeNcClwOtAV2QSwoCMQyGr5IDSGF8dOxJZp1OC0KhCAbEncdw5xU9gkmboJ1N2zz+r/lDRH4fpuWCeAN6XHOqCQhLxrXA5/16OsCIcZVnO7izR0hwF42GIt0Bir" +
  "RC/KmtTu08nDT0s8fovaiM1y9mVBxTRnQawzKOpO/NYBlrMpDqeLjiaPI2o/H/LDpggw3AGU12rRrk9bDYuOLTDBKN352PYZpDA7bdarFjhk6BNgRn++6+3wFDAYAfIt3J106/wL9PkwL9fwosFb+d" +
  "RMWlfcMBsKQHOqRGYosUUVnabnmw4OX20rM3j06C9kalkITLmOD1GQ+jzV/2oz4pAWOkN+syepWIXaoKeRfX3sY3Vi3ksXixy72BmDNQZFMTVvggDr4ePB5YdkDN9NOO3puqu7S2YxN1cMm+inMKPs" +
  "MngYx3xKnwqRbgrlvtIgiQMJg7dSRG1ozNeNAtO2Ik3zWjaQq7/HScElzPfGITznL/DEIGzxrDHfXsmothhrTp9SXFarPnT69guVPEiu54GKRQDdGJ2VFersQIAwP8aoED7ZrLSQRBEIZTmQBE6tX1" +
  "iMTz6C4IC4vggHgzFMPwYkibg90TwuzBpqjDzOk7/PBT1fUKOZ8elvV6Wrb1cr4uz+vLZbl9/95+vh6Xp9d1Wz7W92X7fCtscmzbNmUKQLDyNAnWPY3gEEPD2bQVdthTB29NRXk2bYUd9lR63qXQVr" +
  "k3CTbi1FERhCv3JsGGp4wCyh6zaSvssKfdUmINqvc0CTbe08YCqOCzaSvssKfkHgqNYTZthd2Re0ktvHJvFmzMHCAETKPiNAk26t7+lPZehsrTJNiokSh6lcRMs2kr7LCnCNRMzCtOk2Dd0wYQKIJt" +
  "Nm2FHa97IwgAseZISbDRnyqocmuVe5NgI/e6cYv+n01bYXfcOTA2l4rTLNiYObCFGnLtT5Ngo0ZyJnTSmuEnwbqnJiKqUnVvFmx4Sn2Q1KzukbJgw1M0NxCoGikJts/w+zWomNQ9UhJs9KdhpgTVn2" +
  "bB9tsV4v5B7WWSYPu8VxuiWsVpEmzEqfc7UAb7p73MH/xqzgLtnVGOACEIQ6+kCAr3v9gWsyeYZBPT7f/7ICGOWFtH2F+s03XmTC9pDiRYz70RMOJPkzZIgv3m2uaMkuZAgl0/UnjLvdpPSbC+Ex82" +
  "4V9Rro0F6xlpeMbJ0IxEgvW3FwFUbKi2X6tN2HcNf1mss1LrlARrf28FQuJraZ2SYD0jRRWC4srLsGCtOVQdh46kuzYS7Gb/h401p3pKgvXcO+pEKgNFg9386Qn3UAaKBeuewjLYY5J0JBKs91PzKh" +
  "h8pfeSYK05wDhogTeSXqtN2PcZaadN36EZiQRrHcn38BPSHFiwm604bgn7ymu1Cfvu792xbeOU+lptwr7rvR618fCKekqCdU9hBUWyInU+JcG6p7hAtY3w/2u1Cfue/R9YqCOlDbJg12OGnDjOM8pW" +
  "kGDXs534wUGYNAcSrM+nYWiq3l2hwbqnSEDlmOef9fQH/GrVAu2dUQ4EIQhDryQq4Nz/YlvYG+xkE9P0/32YECdMhZYX+97TYWum+l4SrGuKDukc7YmzYKXhV8SBY3DwtrMJ+/3/1ALxXiP0Jk6CVU" +
  "23Yx7JHt1TEqx2oOD1elKzKzTYd3bFNhJQdU9JsNKR9kISibIyabB6E4eFZG44md12NmEvcqDg6GC+pfeSYO2PlBEGNem2swl7kcH3HMRlhvReEqzn8NPwhBraKSbB2js9fC2X3yALVn0vFhWhOqjv" +
  "ZcFKc3hgs421Yn17SbCuqUNJ0hw+DVZvbYhqMyQrqqYkWPs5VFpbbOm9JFh7Xq25LEM9EgnW/kgJE8kZ0pFIsPJzcBTUhrxeWbDWHODzisFB1ZQEaz/8fQYCvqT3kmA9Y/YseEjOv7+Jb30JSLBSH+" +
  "deviLVhZFg9bdUU2wDuvJtZxP2YuIpMUzhcn1mwUp9PLNMtZQ0VdgHvoAH4BXtnV2OnjUMhbfCClD+HDvLgYpbrpDYDsvghiWxB449A+r1+7YiOjqqWlXTp/NZEyVx/HP8nxVff+5XP9u///jr7z/x" +
  "070Zww9kttV9eJzbbBP2eE3NY++5t99mm7DnaxruOK3mvs02YY/X9MQYay2bt9km7PGawlVr0yLsNtuEPd+nu8W2Nddttgl7vk8XPCRsU92nJBjW1E/MibeM1pQEw5pGjwm3d8Rttgl7vKZ99HHwWz" +
  "4SCZb3qY2+cfoqjkSC5X06l/XurjgSCZZxpOMxx1z9NtuEvfB7V0RvS/cpCZb3ae82zJv8XhIsz9524CW5y0ciwTJ/Gmf5nkcxBxKszl54Sd2W9ikJlj6SI9o7fCnXRoKV33tms93abbYJe7ymqyGD" +
  "Gk3xXhas4khnDz+mOBIJVn5vs2bnjNtsE/bc78WCrj6P6hxIsNyne+M6bV33KQmWPpLvhtxM0z4lwTInjlivjbYVcyDB6n06e+u4UG+zTdjzsze89YYL9TbbhD33e6dZ7DDFkUgwrOlwa9uQFL/NNm" +
  "Ev+tpai7VdZy8Jln5vXxlJaqpdIcGyX8bODF/KtbFgH7HBtc10n7JgdfZ2JFD30T4lwTLmgOrefrb62liw6lUc0Xwrf8qCpY/UUOhgWzVmLFiu6bLoE3fqbbYJex5Hir7mtKmzlwTLnDjKVnzC+b3N" +
  "NmHP3zLTEME/yrWxYLmmiPYGIklaUxIsY/hormgdig632SbsRRxpppKm9BxYsKxz2KtNd8V7WbA8e1e3ucfW2UuCVd3gzEZxadOxYBlHGt73Qd32bbYJe75PT0NJUoTWlARLbbqBXYoEquoGSbA6e+" +
  "Ng8sGQj0SC1ft04+hFz8xttgl7fvZmt8w5RzEHEizrHNwwjsWW7lMSLO9TyCNNPGVUj0SCVQ/UgkBHSG+QBauzF4r4CCbpfUqCVb8MVCQXor632Sbsud8bffc2Q7orJFjNlxkoSQppp7NguU99QKZj" +
  "db1lSLDye6GyjVJ8+b0kWMUGoci8THqDLFjW946FdBsqWG6zTdgb3RWMDJKPRIPl2bvjBGRBtaYkWPaf2hgbmRnFe0mwijlMdBUjOXObbcKerynqVvCamapzIMHyPsVGzdeM/F4SrHRXoOYwtslHIs" +
  "Gypxh1g8tDeRkWrDSv9kbIt+vsJcHyLTMgDLpQwXKbbcJezD9F8yk6ZnT2kmAZG5yBJYX0ym22CXszT3xbG99rtpd6lVmwzPc4vOneQ2c6CZb+tE9k8EIxRxYs7+l1UDX83c50Yf/L7ITWoGWoNxIL" +
  "lvfpgjTlHEdnLwlWfa15m2Jk4222CXue74FED0rXunLtJFit6T6nQ8nwNtuEPb9PEZvyDWX222wT9mJNkZY9rasPhwQr/W4EkjFYVbXgJFj1VnkE9J519pJgVeeE4X7Q/tA+JcHyPm0QZG/S2afBss" +
  "6ppZrWdL1PSbCqG0YUH26SYvgkWPm9A2NVsa632SbsRb9c2xMV/rpPSbDql4MoO+qGtU9JsNIxhNs7V9OakmD5ltlIiXc8UG+zTdjzOoe9j/tUzIEFqxqznWPgQjlxEixjDt378T6VlyHBKidumFKO" +
  "Rb3NNmHP9ykOX+vIzNxmm7Dna7oQRTIUD95mm7DncaTW1ty2dPaSYFWz7X0txQZpsJppPQ9y4q73KQmWZy9GYWw8aJRrI8FyTQ8O3rZcPhIJ9lFjhqADKh1us03Yc52IHO6HelDVrpBgVbOdPcWutw" +
  "wLlvlTjJfy3rr8XhIsdZemYSBGqLeCBav3KYaqSuuZB8s4EgbBnTma+sRJsOr9h3/UUbxym23CXvTLrBbQvZPfS4LV2bvMuyknzoLlPs1AkmEQ3G22CXvR15aqK0MzrVmwWlNk2uZ01Q2SYB/zGq13" +
  "1/uUBSu9QTTMdNtaUxIsz96J1n8P1TmwYJlrQ5EZqszU+8+C5fsUnRXDZ0gXlASrWlDvmEUkHTMWLPfpWWt4bL1PSbCsR+rQY567y+8lwdLvjY1fTfFeFqxqQScGqyKMf5ttwp6fvZDuPdAyUwyfBM" +
  "vY4O5tNzPFHEiw0rxCn6IfvU9ZsIwjoVvmYPyx9ikJljlxxJFibs0iYcE+3jI99pnKn5Jg6SNBuhcTOIfOXhKsdMwwVXEO6Q2yYKnREXN2FPmqr40Eyxh+QEsHDYuKOZBg+T49C3PKfclHIsEqjuSO" +
  "rMxUDJ8EK01mt44BqHqfkmC5pm1ClXkN+UgkWK6pWccEPtWusGBV55ANxepVpMGqZtswVLEp18aCpd878JqBMqjuUxKsYg7jbNSu6H1KglVf24A0HYodbrNN2PM1hTYS9HuH1pQEqx4oTIE6o+vsJc" +
  "FyTYdNvGRMPVAkWPpIDfsUL1TVmJFg5SP5in509rJguaYeo0XofcqCpYakD9yoqBy8zTZhL+bLjIFyJPumMXxVgLNgNTEBLXLNFT1mwUqJHWJLay5VN5FgdZJvyNypm5UG+1C6g3QslFxus03Y87PX" +
  "5kFhv2ufkmBZCdNHHxGhSCMJVhVrraMSRiqjLFhNJ8dUk3OOIhgkWFbCQDS2o/lR0WMSrDJ3WbI2m3wkEqyUeaxNH67YIAlWk8KgtwS3Vz4SCZZxpOYO8dij2CAJVp0aCCJB9ENnLwlWaktIsM8jlV" +
  "EWLKubeiAbe0K5NhIsqybMMHwTjtJttgl7vk8NFRNzL8V7SbBS7Z5nQmJf9ykJlmcvEjOYP6QYPgtWE+fbQmJGcSQWrJTuoDKKUY1S/CDBqm5wnzYwr+Y224S9yJ8ejDUxxXtZsM9pqoEBcLpPSbA8" +
  "e6ONic2qOgcSrKa/4S49feg+JcHyPh02RhtbcSQSrKbVzMA2Vdc5C5ZxJAz0y7yM/F4SrFRcEME/bcnvJcEyjtS3NZSYKddGgmW/DGJIK4fk3mabsDdvmdn2luIHC1b3qfnYU/FeFizjSCnZDQVD7V" +
  "MSLM9eFK/0hYKk22wT9txH8ohme2tNSbCs2UYYaS7MIbrNNmEvVEahMwoBQ9U5kGAZGxyx4phi+CxY+r0jZe6G+k9ZsMzLbO9jn63YIAmWPtKaG5OPj85eEqyUYwfyMpq8SYPV1OMRaG3TRD8WLHNt" +
  "mOhnu0lDkgWr/Olym2hYvM02YW9y4qtB1EE9xSRYxnvRTryadZ29JFjGHLxbb6cp10aCZWxwOlJtOntpsMyf4i61jpmqt9km7I3Wq8XaU/lTEqz6T6GQ5JC9us02YS9iDqgchHi69ikJlj7SgXbvxp" +
  "Tc22wT9jzeGw4vaahfhgXLmANk03Gldr1lSLD0ewNN4t7lI7Fgqd+LQvyx1NdGg+Wabhy8mJIrPQcSrCZZu52Jx8xttgl7vk/7ipHzyW+zTdjzmMMxG3Gku8KCZcyhbYyY6UcxfBKs4r0tWqCp+Dbb" +
  "hL2ZU2wYL9N1n5JglWuLYZiAqtoVEuwj3ovHDKS2b7NN2PP7FO/T1aC2fZttwl7Ml8FQRcdQ8dtsE/ai/xR9ihhVrH1KgpVGh+M507reMiRYvmU2Ov9734rhk2BV37sDmRnpI7FgpdEx2g4U4t9mm7" +
  "AXs73OCLS1aU1JsNRzaKheOUszDliwqu9FZBCV+LpPSbCK96ILKtPit9km7PlbBnGkfUx5GRYs9ymaoNApbt+gvred+fl30PgnQPgP5r/Z55cx7e+XX7/gq/iPH1/5+POnn798Evjm/363L18TP/6Q" +
  "H/nD7588Phqf/9tPP8OWfwA=";
const FORMAT_3_EVENTS = "b6347baaaff83b2203e1f0926b4ff3d39ddfb115a093e77e6255469174e16adc";

/** Words, as a person would type them. */
function words(prng: Prng, units: number): string {
  let text = "";
  while (text.length < units) text += `${["the", "quick", "brown", "fox", "jumps", "over"][prng.int(0, 6)]} ${prng.int(0, 10_000)} `;
  return text.slice(0, units);
}

/** Both hold the same, forwards and backwards deletions of all sizes, some at once; `most` units at a time. */
function edit(prng: Prng, document: TextDocument, most: number): void {
  const at = prng.int(0, document.length + 1);
  const way = prng.float();
  if (way < 0.4) document.insert(at, prng.float() < 0.2 ? "😀é漢" : words(prng, prng.int(1, most)));
  else if (way < 0.7) document.delete(at, Math.min(document.length - at, prng.int(0, most)));
  else for (let n = Math.min(at, prng.int(0, 20)); n > 0 && document.length > 0; n--) document.delete(Math.min(at, document.length) - 1, 1);
}

describe("deleted text", () => {
  it.each([1, 2, 3, 4])("goes on after each encode and each load with what is in no block yet; seed %i", (seed) => {
    const prng = createPrng(`deleted/${seed}`);
    let ana = TextDocument.create({ agent: ANA });
    const bo = TextDocument.create({ agent: BO });
    for (let n = 0; n < 120; n++) {
      const [one, other] = prng.float() < 0.7 ? [ana, bo] : [bo, ana];
      edit(prng, one, 30);
      if (prng.float() < 0.7) other.applyUpdate(one.since(other.version()));
      if (prng.float() < 0.3) {
        const loaded = TextDocument.load(ana.encode(), { agent: CY });
        expect(told(loaded)).toBe(told(ana));
        if (prng.float() < 0.5) ana = TextDocument.load(ana.encode(), { agent: ANA });
      }
    }
    ana.applyUpdate(bo.since(ana.version()));
    const received = TextDocument.create({ agent: CY });
    received.applyUpdate(ana.encode());
    expect(told(received)).toBe(told(ana));
    received.checkInvariants();
  });

  it("is put into blocks when there is much of it, of which none is lost and none is coded again", () => {
    const prng = createPrng("deleted blocks");
    let ana = TextDocument.create({ agent: ANA });
    let before = new Uint8Array(0);
    for (let round = 0; round < 6; round++) {
      for (let n = 0; n < 150; n++) {
        const at = prng.int(0, ana.length + 1);
        ana.insert(at, words(prng, prng.int(1, 400)));
        if (ana.length > 20_000) ana.delete(prng.int(0, 10_000), 2 * prng.int(1, 400));
        else if (ana.length > 400) ana.delete(prng.int(0, ana.length - 200), prng.int(1, 200));
      }
      const bytes = ana.encode();
      const lean = ana.encode({ history: "without-deleted-text" });
      expect(TextDocument.load(lean, { agent: BO }).toString()).toBe(ana.toString());
      const received = TextDocument.create({ agent: BO });
      received.applyUpdate(bytes);
      expect(told(received)).toBe(told(ana));
      if (round > 3) expect(Buffer.from(bytes).includes(Buffer.from(before))).toBe(true);
      ana = TextDocument.load(bytes, { agent: ANA });
      // A part of the oldest block, which a history with blocks goes on to hold.
      const deletedAt = lean.length;
      before = bytes.slice(deletedAt + 100, deletedAt + 1_100);
    }
  });

  it("of a pair, the halves of which were deleted by events far apart, is whole again", () => {
    const ana = TextDocument.create({ agent: ANA });
    ana.insert(0, "a😀b");
    ana.delete(1, 2);
    ana.encode();
    ana.insert(1, "漢");
    ana.undo();
    ana.undo();
    const loaded = TextDocument.load(ana.encode(), { agent: BO });
    expect([loaded.toString(), told(loaded)]).toEqual([ana.toString(), told(ana)]);
  });

  it.each([1, 2, 3, 4])("is put back as it was, in a document that was loaded; seed %i", (seed) => {
    const prng = createPrng(`put back/${seed}`);
    const start = TextDocument.create({ agent: BO });
    for (let n = 0; n < 60; n++) edit(prng, start, 20);
    const ana = TextDocument.load(start.encode(), { agent: ANA });
    const texts = [ana.toString()];
    for (let n = 0; n < 30; n++) {
      const before = ana.eventCount;
      edit(prng, ana, 12);
      if (ana.eventCount > before) texts.push(ana.toString());
    }
    while (ana.undo().length > 0);
    expect(ana.toString()).toBe(texts[0]);
    while (ana.redo().length > 0);
    expect(ana.toString()).toBe(texts.at(-1));
    ana.checkInvariants();
  });

  it.each([1, 2, 3, 4])("is told from the pieces as by a replay, where each event acted on all before it; seed %i", (seed) => {
    const prng = createPrng(`pieces/${seed}`);
    const text = seed > 2 ? words(prng, 80) : "";
    const state = new TextState(text === "" ? null : { text, agents: [[CY, 90]], last: [CY, 89], cursor: 0, digests: new Map() });
    for (let n = 0; n < 200; n++) {
      const agent = state.log.agentIndexOf(prng.float() < 0.7 ? ANA : BO);
      const at = prng.int(0, state.length + 1);
      const count = Math.min(state.length - at, prng.int(1, 9));
      if (prng.float() < 0.55) state.insert(agent, at, words(prng, prng.int(1, 9)));
      else if (prng.float() < 0.5 && count > 0) state.delete(agent, at, count);
      else for (let k = Math.min(at, 5); k > 0; k--) state.delete(agent, at - 1 - (Math.min(at, 5) - k), 1);
    }
    expect(state.walkableFrom).toBe(state.log.firstLv);
    const units = DeletedText.ofPieces(state.log, text).units();
    expect(units.length).toBeGreaterThan(200);
    expect(units).toEqual(DeletedText.of(state.log, state.whole(), text).units());
  });

  it("of format 3 is read as it was first written, and goes on with its blocks", () => {
    const document = TextDocument.load(fromBase64(FORMAT_3), { agent: CY });
    expect(createHash("sha256").update(told(document)).digest("hex")).toBe(FORMAT_3_EVENTS);
    document.insert(0, "on ");
    document.delete(0, 20);
    const again = TextDocument.load(document.encode(), { agent: BO });
    expect(told(again)).toBe(told(document));
    const received = TextDocument.create({ agent: BO });
    received.applyUpdate(fromBase64(FORMAT_3));
    expect(createHash("sha256").update(told(received)).digest("hex")).toBe(FORMAT_3_EVENTS);
  });

  it("of format 2 is read, and written as format 3", () => {
    const document = TextDocument.load(fromBase64(FORMAT_2), { agent: CY });
    expect(createHash("sha256").update(told(document)).digest("hex")).toBe(FORMAT_2_EVENTS);
    expect(document.encode()).toEqual(fromBase64(FORMAT_2));
    expect(document.encode({ history: "without-deleted-text" })).toEqual(fromBase64(FORMAT_2_WITHOUT_DELETED));
    const received = TextDocument.create({ agent: BO });
    received.applyUpdate(fromBase64(FORMAT_2));
    expect(told(received)).toBe(told(document));
    document.delete(0, 5);
    const again = TextDocument.load(document.encode(), { agent: BO });
    expect([told(again), new ByteReader(document.encode().subarray(3)).byte()]).toEqual([told(document), 3]);
  });
});

describe("UTF-16 units as bytes", () => {
  it("come back, halves of pairs too", () => {
    const prng = createPrng("units");
    const units = Uint16Array.from({ length: 2_000 }, () => prng.int(0, 2 ** prng.int(1, 17)));
    expect(bytesToUnits(unitsToBytes(units))).toEqual(units);
  });

  it("are refused where they are cut, too long or no bytes of this kind", () => {
    for (const bytes of [[0x80], [0xc2], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xe1, 0x80], [0xf0, 0x9f, 0x98, 0x80], [0xc2, 0x41]])
      expect(() => bytesToUnits(Uint8Array.from(bytes)), String(bytes)).toThrow(DecodeError);
  });
});

/** Cells that are writes of registers, by their stamps, and the names of tags' cells. */

import type { ReplicaId } from "../base/ids.ts";
import { compareStamps, type Stamp } from "../base/stamp.ts";
import type { Cell, PinBody, TitleBody } from "./catalog-codec.ts";

export type RegisterBody = TitleBody | PinBody;
export type RegisterCell<B extends RegisterBody = RegisterBody> = Cell & { readonly body: B };

/** The writes of one register, oldest stamp first. */
export function registerCells<K extends RegisterBody["kind"]>(
  cells: Iterable<Cell>,
  kind: K,
): RegisterCell<Extract<RegisterBody, { kind: K }>>[] {
  type Body = Extract<RegisterBody, { kind: K }>;
  const out: RegisterCell<Body>[] = [];
  for (const cell of cells) if (cell.body.kind === kind) out.push({ ...cell, body: cell.body as Body });
  return out.sort((a, b) => compareStamps(stampOf(a), stampOf(b)));
}

export function stampOf({ author, seq, body }: Cell): Stamp {
  return { wallMs: "wallMs" in body ? body.wallMs : 0, replica: author, seq };
}

/** The name of a tag's add or removal. */
export function dotOf(author: ReplicaId, seq: number): string {
  return `${author}:${seq}`;
}

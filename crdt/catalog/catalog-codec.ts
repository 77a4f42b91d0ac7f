/**
 * The catalog's bytes.
 *
 * update := varUint(n) (author from to)^n  varUint(m) cell^m
 * cell   := varString(note id) author seq varUint(kind) body
 */

import { unreachable } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { ENDLESS, finished, type StepCounter } from "../base/steps.ts";
import { type NoteId, parseNoteId, type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import type { StrategyName } from "../strategy/strategy.ts";
import { isStrategyName } from "../strategy/registry.ts";
import { appendVector, takeVector, type VersionVector } from "../causal/version-vector.ts";
import { type LinePosition, readPosition, writePosition } from "../types/line-position.ts";

export const TITLE_LENGTH_MAX = 200;
export const TAG_LENGTH_MAX = 50;
const DOT = /^[0-9a-z]{11}:[0-9]{1,16}$/;

export interface TitleBody {
  readonly kind: "title";
  readonly title: string;
  readonly wallMs: number;
  /** The title writes that the author had seen: the highest number of each replica. */
  readonly context: VersionVector;
}

/** Puts a note among the pinned ones, or takes it from there. */
export interface PinBody {
  readonly kind: "pin";
  /** Where among the pinned notes; null: not pinned. */
  readonly position: LinePosition | null;
  readonly wallMs: number;
  /** The pin writes of this note that the author had seen. */
  readonly context: VersionVector;
}

export type CellBody =
  | { readonly kind: "created"; readonly strategy: StrategyName; readonly wallMs: number }
  | TitleBody
  | { readonly kind: "tag-add"; readonly tag: string }
  /** An add by somebody who had seen these removals of the tag, and wants it nevertheless. */
  | { readonly kind: "tag-return"; readonly tag: string; readonly removals: readonly string[] }
  | { readonly kind: "tag-remove"; readonly dots: readonly string[] }
  /** The author's own count so far. */
  | { readonly kind: "views"; readonly count: number }
  | { readonly kind: "votes"; readonly plus: number; readonly minus: number }
  | { readonly kind: "deleted"; readonly isDeleted: boolean; readonly wallMs: number }
  | PinBody;

export interface Cell {
  readonly noteId: NoteId;
  readonly author: ReplicaId;
  readonly seq: number;
  readonly body: CellBody;
}

export interface CatalogUpdate {
  /** Of each author: the update holds everything that still counts in (from, to]. */
  readonly spans: readonly { readonly author: ReplicaId; readonly from: number; readonly to: number }[];
  readonly cells: readonly Cell[];
}

const KINDS = ["created", "title", "tag-add", "tag-remove", "views", "votes", "deleted", "tag-return", "pin"] as const;

/** Cells that are written already. */
export interface CodedCells {
  readonly count: number;
  readonly bytes: Uint8Array;
}

export function encodeCells(cells: readonly Cell[]): CodedCells {
  const writer = new ByteWriter(16 + 40 * cells.length);
  for (const { noteId, author, seq, body } of cells) {
    writer.varString(noteId).varUint(replicaNumber(author)).varUint(seq).varUint(KINDS.indexOf(body.kind));
    writeBody(writer, body);
  }
  return { count: cells.length, bytes: writer.finish() };
}

/** An update of those spans and of all those cells. */
export function encodeCatalogUpdate(spans: CatalogUpdate["spans"], parts: readonly CodedCells[]): Uint8Array {
  const writer = new ByteWriter(64 + parts.reduce((sum, { bytes }) => sum + bytes.length, 0)).varUint(spans.length);
  for (const { author, from, to } of spans) writer.varUint(replicaNumber(author)).varUint(from).varUint(to);
  writer.varUint(parts.reduce((sum, { count }) => sum + count, 0));
  for (const { bytes } of parts) writer.raw(bytes);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeCatalogUpdate(bytes: Uint8Array): CatalogUpdate {
  return finished(decodeInSteps(bytes, ENDLESS));
}

/** The same, a little at a time: a cell costs 1. */
export function* decodeInSteps(bytes: Uint8Array, isStepOver: StepCounter): Generator<void, CatalogUpdate> {
  const reader = new ByteReader(bytes);
  const spans: { author: ReplicaId; from: number; to: number }[] = [];
  for (let count = reader.count(3); count > 0; count--) {
    const span = { author: replicaIdFrom(reader.varUint()), from: reader.varUint(), to: reader.varUint() };
    if (span.to < span.from) throw reader.error(`A span from ${span.from} to ${span.to}`);
    spans.push(span);
    if (isStepOver()) yield;
  }
  const cells: Cell[] = [];
  for (let count = reader.count(5); count > 0; count--) {
    const noteId = parseNoteId(reader.varString());
    if (noteId === null) throw reader.error("Invalid note id");
    const cell = { noteId, author: replicaIdFrom(reader.varUint()), seq: reader.varUint() };
    const kind = KINDS[reader.varUint()];
    if (kind === undefined || cell.seq === 0) throw reader.error("Invalid cell");
    cells.push({ ...cell, body: readBody(reader, kind) });
    if (isStepOver()) yield;
  }
  reader.end();
  return { spans, cells };
}

function writeBody(writer: ByteWriter, body: CellBody): void {
  switch (body.kind) {
    case "created":
      writer.varString(body.strategy).varUint(body.wallMs);
      return;
    case "title":
      appendVector(writer.varString(body.title).varUint(body.wallMs), body.context);
      return;
    case "tag-add":
      writer.varString(body.tag);
      return;
    case "tag-return":
      writeDots(writer.varString(body.tag), body.removals);
      return;
    case "tag-remove":
      writeDots(writer, body.dots);
      return;
    case "views":
      writer.varUint(body.count);
      return;
    case "votes":
      writer.varUint(body.plus).varUint(body.minus);
      return;
    case "deleted":
      writer.varUint(Number(body.isDeleted)).varUint(body.wallMs);
      return;
    case "pin":
      appendVector(writer.varUint(body.wallMs), body.context).varUint(Number(body.position !== null));
      if (body.position !== null) writePosition(writer, body.position);
      return;
    default:
      unreachable(body);
  }
}

function readBody(reader: ByteReader, kind: CellBody["kind"]): CellBody {
  switch (kind) {
    case "created": {
      const strategy = reader.varString();
      if (!isStrategyName(strategy)) throw reader.error("Unknown strategy");
      return { kind, strategy, wallMs: reader.varUint() };
    }
    case "title":
      return { kind, title: shortText(reader, TITLE_LENGTH_MAX), wallMs: reader.varUint(), context: takeVector(reader) };
    case "tag-add":
      return { kind, tag: shortText(reader, TAG_LENGTH_MAX) };
    case "tag-return":
      return { kind, tag: shortText(reader, TAG_LENGTH_MAX), removals: readDots(reader) };
    case "tag-remove":
      return { kind, dots: readDots(reader) };
    case "views":
      return { kind, count: reader.varUint() };
    case "votes":
      return { kind, plus: reader.varUint(), minus: reader.varUint() };
    case "deleted":
      return { kind, isDeleted: reader.varUint() === 1, wallMs: reader.varUint() };
    case "pin": {
      const head = { kind, wallMs: reader.varUint(), context: takeVector(reader) };
      return { ...head, position: reader.varUint() === 1 ? readPosition(reader) : null };
    }
    default:
      return unreachable(kind);
  }
}

function writeDots(writer: ByteWriter, dots: readonly string[]): void {
  writer.varUint(dots.length);
  for (const dot of dots) writer.varString(dot);
}

function readDots(reader: ByteReader): string[] {
  const dots: string[] = [];
  for (let count = reader.count(13); count > 0; count--) {
    const dot = reader.varString();
    if (!DOT.test(dot)) throw reader.error("Invalid dot");
    dots.push(dot);
  }
  return dots;
}

function shortText(reader: ByteReader, max: number): string {
  const text = reader.varString();
  if (text.length > max) throw reader.error(`A text of ${text.length} characters, at most ${max}`);
  return text;
}

/**
 * The share links that exist. A capability whose id is not in here is worth nothing, so a link ends by leaving the
 * book, and a book that was lost fails closed. One small file, written whole and durable before anybody is told.
 */

import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { type NoteId, parseNoteId } from "../../crdt/base/ids.ts";
import type { Capability } from "./capability.ts";

const FILE = "links.json";
/** Of all notes together. */
const LINKS_MAX = 10_000;

export interface Link extends Capability {
  readonly createdAtMs: number;
}

export class LinkBook {
  readonly #path: string;
  readonly #links: Map<string, Link>;
  /** Writes one after the other. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, links: readonly Link[]) {
    this.#path = path;
    this.#links = new Map(links.map((link) => [link.id, link]));
  }

  /** The book of `folder`. One that cannot be read is set aside, told through `onBroken`, and begun anew. */
  static async open(folder: string, onBroken: (message: string) => void): Promise<LinkBook> {
    const path = join(folder, FILE);
    let links: Link[] = [];
    try {
      links = parse(await readFile(path, "utf8"));
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ENOENT") {
        await rename(path, `${path}.broken`);
        onBroken(`${path} could not be read and is now ${path}.broken. All links made before have ended`);
      }
    }
    return new LinkBook(path, links);
  }

  has(id: string): boolean {
    return this.#links.has(id);
  }

  /** Oldest first; those of one note, or all. */
  list(noteId: NoteId | null): Link[] {
    return [...this.#links.values()].filter((link) => noteId === null || link.noteId === noteId);
  }

  /**
   * Resolves when the link is on disk.
   * @throws RangeError when there are too many.
   */
  async add(link: Link): Promise<void> {
    if (this.#links.size >= LINKS_MAX) throw new RangeError(`There are ${LINKS_MAX} links already: revoke some first`);
    this.#links.set(link.id, link);
    try {
      await this.#write();
    } catch (error) {
      this.#links.delete(link.id);
      throw error;
    }
  }

  /** Forgets a link at once, and resolves when that is on disk. Whether it was there. */
  async remove(id: string): Promise<boolean> {
    if (!this.#links.delete(id)) return false;
    await this.#write();
    return true;
  }

  /** Forgets what has expired; with the next write the file does too. */
  prune(nowMs: number): void {
    for (const { id, expiresAtMs } of this.#links.values()) if (expiresAtMs !== null && expiresAtMs < nowMs) this.#links.delete(id);
  }

  #write(): Promise<void> {
    const next = this.#writing.then(async () => {
      const temporary = `${this.#path}.new`;
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(`${JSON.stringify([...this.#links.values()], null, 1)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#path);
      const folder = await open(join(this.#path, ".."), "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
    // One that failed is its caller's to report; the next one writes everything anyway.
    this.#writing = next.catch(() => undefined);
    return next;
  }
}

/** @throws Error when `text` is not a book. */
function parse(text: string): Link[] {
  const json: unknown = JSON.parse(text);
  if (!Array.isArray(json)) throw new Error("Not a list");
  return json.map((item: unknown) => {
    const { id, noteId, right, expiresAtMs, createdAtMs } = Object(item) as Partial<Record<keyof Link, unknown>>;
    const note = typeof noteId === "string" ? parseNoteId(noteId) : null;
    if (note === null || typeof id !== "string" || (right !== "edit" && right !== "view")) throw new Error("Not a link");
    if (expiresAtMs !== null && typeof expiresAtMs !== "number") throw new Error("Not a link");
    return { id, noteId: note, right, expiresAtMs, createdAtMs: Number(createdAtMs) };
  });
}

/** The key that share links are signed with: made on first start, kept in the data folder, readable by its owner alone. */

import { randomBytes } from "node:crypto";
import { chmod, open, readFile } from "node:fs/promises";
import { join } from "node:path";

const FILE = "access.secret";
const SECRET_BYTES = 32;

/** The key of `folder`, which exists. Rejects when the file is not one of ours: without it every link would be dead. */
export async function loadSecret(folder: string): Promise<Buffer> {
  const path = join(folder, FILE);
  try {
    const text = (await readFile(path, "utf8")).trim();
    if (!/^[0-9a-f]+$/.test(text) || text.length !== 2 * SECRET_BYTES)
      throw new Error(`${path} holds no key of ${SECRET_BYTES} bytes. Restore it, or delete it: links made before then end`);
    await chmod(path, 0o600);
    return Buffer.from(text, "hex");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
  }
  const secret = randomBytes(SECRET_BYTES);
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(`${secret.toString("hex")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return secret;
}

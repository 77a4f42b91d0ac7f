/** Names that others give themselves, as they may be shown. */

export const NAME_LENGTH_MAX = 40;

/**
 * `name` on one line, without characters that are not seen or that turn text around, and at most 40 long; empty when
 * nothing is left.
 */
export function displayName(name: string): string {
  // Nobody's name is this long; and no more than this is looked through.
  const text = name
    .slice(0, 8 * NAME_LENGTH_MAX)
    .replace(/\p{C}/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return Array.from(text).slice(0, NAME_LENGTH_MAX).join("");
}

/** Halves of surrogate pairs: no edit may leave one alone. */

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function hasLoneSurrogate(text: string): boolean {
  if (text.length === 1) return (text.charCodeAt(0) & 0xf800) === 0xd800;
  return text.search(LONE) >= 0;
}

/** With U+FFFD for each half of a pair. */
export function wellFormed(text: string): string {
  return text.replace(LONE, "\ufffd");
}

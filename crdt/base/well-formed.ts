/** `text` with each half of a surrogate pair that stands alone replaced by U+FFFD, as UTF-8 would have it. */
export function withoutLoneSurrogates(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

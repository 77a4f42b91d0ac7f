const ENGLISH = new Intl.NumberFormat("en");

/** "1,612". A formatter is dear to make, and this one is made once. */
export function numberText(value: number): string {
  return ENGLISH.format(value);
}

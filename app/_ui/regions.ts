/** The regions of a page that F6 goes through: whatever is marked with `data-region`. */

/** Regions in the order of the page; those not shown are passed over. */
export function focusRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter((region) => region.checkVisibility());
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions.at((at + step + regions.length) % regions.length);
  // The text before the buttons around it.
  const targets = [".cm-content", 'input:not([disabled]), button:not([disabled]):not([tabindex="-1"]), a[href], [tabindex="0"]'].flatMap(
    (selector) => [...(next?.querySelectorAll<HTMLElement>(selector) ?? [])],
  );
  (targets.find((target) => target.checkVisibility()) ?? next)?.focus();
}

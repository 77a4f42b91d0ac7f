/** Resolves when the page has had a second for what is urgent, and has nothing to do. For code that nobody waits for. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => {
      // Not in every browser.
      if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: 2_000 });
      else resolve();
    }, 1_000);
  });
}

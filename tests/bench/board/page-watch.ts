/** What the page itself can tell of its frames and keys. */

export interface Seen {
  readonly tookMs: number;
  /** From each frame to the next. */
  readonly framesMs: number[];
  /** Tasks of more than 50 ms. */
  readonly longMs: number[];
  /** From each key to the end of the frame that shows it. */
  readonly keysMs: number[];
}

/** Presses a key in the focused editor seven times a second, and looks. Runs in the page: it must stand alone. */
export async function watchPage(forMs: number): Promise<Seen> {
  const seen = { framesMs: [] as number[], longMs: [] as number[], keysMs: [] as number[] };
  const fromMs = performance.now();
  const isOver = (): boolean => performance.now() - fromMs >= forMs;
  const observer = new PerformanceObserver((list) => seen.longMs.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ type: "longtask" });
  let lastMs = fromMs;
  const look = (nowMs: number): void => {
    seen.framesMs.push(nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver()) requestAnimationFrame(look);
  };
  requestAnimationFrame((nowMs) => {
    lastMs = nowMs;
    requestAnimationFrame(look);
  });
  while (!isOver()) {
    const pressedMs = performance.now();
    document.execCommand("insertText", false, "x");
    await new Promise((resolve) => {
      requestAnimationFrame(() => setTimeout(resolve, 0));
    });
    seen.keysMs.push(performance.now() - pressedMs);
    await new Promise((resolve) => {
      setTimeout(resolve, 140);
    });
  }
  observer.disconnect();
  return { ...seen, tookMs: performance.now() - fromMs };
}

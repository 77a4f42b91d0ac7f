/** Work in steps, done in turns of the event loop. */

/** One step in each turn from the next one on, which `defer` runs a task in. Rejects when a step throws. */
export async function inTurns<T>(steps: Generator<void, T>, defer: (task: () => void) => void): Promise<T> {
  for (;;) {
    await new Promise<void>((resolve) => defer(resolve));
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Memory of the page and its workers, where the browser tells it (only to pages that are isolated from other origins). */

interface MemoryMeasuring {
  measureUserAgentSpecificMemory?(): Promise<{ readonly bytes: number }>;
}

/** How long a browser may take to say that it does not measure; one that does takes longer than that. */
const REFUSAL_MS = 300;

/**
 * Why this browser does not tell pages how much memory they and their workers use, as a clause; null: it does. Some have the method
 * and refuse each call, so it is called. `performance.memory` is no way out: it knows the page alone, not the worker in which the
 * copies are, and rounds.
 */
export async function whyUnmeasurable(): Promise<string | null> {
  const measuring = performance as MemoryMeasuring;
  if (!crossOriginIsolated) return "this page is not isolated from other origins, which browsers ask for before they tell";
  if (measuring.measureUserAgentSpecificMemory === undefined) return "it has no performance.measureUserAgentSpecificMemory";
  const asked = measuring.measureUserAgentSpecificMemory().then(
    () => null,
    (error: unknown) => `it refused: ${error instanceof Error ? error.message.replace(/^Failed to execute [^:]*: /, "") : String(error)}`,
  );
  const isWorking = new Promise<null>((resolve) => setTimeout(() => resolve(null), REFUSAL_MS));
  return await Promise.race([asked, isWorking]);
}

/** All memory in use, in bytes; null where the browser does not tell. Waits for a collection of garbage: up to 20 s. */
export async function weighPage(): Promise<number | null> {
  try {
    return (await (performance as MemoryMeasuring).measureUserAgentSpecificMemory?.())?.bytes ?? null;
  } catch {
    return null;
  }
}

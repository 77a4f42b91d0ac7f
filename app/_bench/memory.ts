/** Memory of the page and its workers, where the browser tells it (only to pages that are isolated from other origins). */

interface MemoryMeasuring {
  measureUserAgentSpecificMemory?(): Promise<{ readonly bytes: number }>;
}

/** Whether this browser tells pages how much memory they and their workers use. */
export function canWeigh(): boolean {
  return crossOriginIsolated && (performance as MemoryMeasuring).measureUserAgentSpecificMemory !== undefined;
}

/** All memory in use, in bytes; null where the browser does not tell. Waits for a collection of garbage: up to 20 s. */
export async function weighPage(): Promise<number | null> {
  if (!canWeigh()) return null;
  try {
    return (await (performance as MemoryMeasuring).measureUserAgentSpecificMemory?.())?.bytes ?? null;
  } catch {
    return null;
  }
}

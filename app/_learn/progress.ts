/** Which lessons this browser has finished. Nobody else is told. */

const KEY = "riftpad.lessons";
const listeners = new Set<() => void>();

/** As JSON, so that it is the same until something changes. */
export function progressText(): string {
  try {
    return localStorage.getItem(KEY) ?? "{}";
  } catch {
    return "{}";
  }
}

/** Lesson id to whether its question was answered rightly. */
export function parseProgress(text: string): Readonly<Record<string, boolean>> {
  try {
    const value: unknown = JSON.parse(text);
    return Object.fromEntries(Object.entries(Object(value) as object).map(([id, isRight]) => [id, isRight === true]));
  } catch {
    return {};
  }
}

/** Finished; once right stays right. */
export function finishLesson(id: string, isRight: boolean): void {
  const held = parseProgress(progressText());
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...held, [id]: isRight || held[id] === true }));
  } catch {
    // Not kept: the lesson can be done again.
  }
  for (const listener of listeners) listener();
}

export function forgetProgress(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // There is none.
  }
  for (const listener of listeners) listener();
}

export function onProgress(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Which losses were put back in this browser. Whether they still stand is another matter: an undo takes them out again. */

const KEY = "riftpad.restored";
/** The newest are remembered. */
const REMEMBERED_MAX = 500;

let ids: readonly string[] | null = null;

export function wasRestored(id: string): boolean {
  ids ??= stored();
  return ids.includes(id);
}

export function rememberRestored(id: string): void {
  if (wasRestored(id)) return;
  ids = [...(ids ?? []), id].slice(-REMEMBERED_MAX);
  try {
    localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // This page knows it all the same.
  }
}

function stored(): readonly string[] {
  try {
    const held: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(held) ? held.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

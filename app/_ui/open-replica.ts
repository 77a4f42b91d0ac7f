/** Opens this note in a new tab, which claims a replica id of its own. */
export function openReplica(): void {
  window.open(window.location.href, "_blank", "noopener");
}

/** Where the servers of the specs listen. Another first port, so that two checkouts can run at once: RIFTPAD_E2E_PORT. */

const FIRST = Number(process.env.RIFTPAD_E2E_PORT ?? 4173);

/** Each has servers of its own: what one spec cuts is cut for everybody on that server. */
export const WORKERS = 2;

/** Of the two servers of one worker. In the second one links are needed, and nobody can break the network. */
export function portsOf(worker: number): { readonly port: number; readonly linksPort: number } {
  return { port: FIRST + 4 * worker, linksPort: FIRST + 4 * worker + 2 };
}

// Playwright sets it in each worker before it reads anything.
export const { port: PORT, linksPort: LINKS_PORT } = portsOf(Number(process.env.TEST_PARALLEL_INDEX ?? 0));

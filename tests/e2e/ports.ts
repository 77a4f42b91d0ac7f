/** Where the servers of the specs listen. Another first port, so that two checkouts can run at once: RIFTPAD_E2E_PORT. */

export const PORT = Number(process.env.RIFTPAD_E2E_PORT ?? 4173);
/** Of a second server, where links are needed and nobody can break the network. */
export const LINKS_PORT = PORT + 2;

"use client";

import dynamic from "next/dynamic";

// In the browser only: replicas have no place in the server's rendering.
const Beside = dynamic(() => import("./beside.tsx").then(({ Beside: component }) => component), {
  ssr: false,
  loading: () => <p role="status">Opening …</p>,
});

/** Loads the run's page in the browser. */
export function BesideClient() {
  return <Beside />;
}

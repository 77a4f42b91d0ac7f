import type { Metadata } from "next";
import { LabClient } from "../_lab/lab-client.tsx";

export const metadata: Metadata = { title: "Laboratory · Riftpad" };

/** Replicas on a virtual clock, in one page. */
export default function LabPage() {
  return <LabClient />;
}

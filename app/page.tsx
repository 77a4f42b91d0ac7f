import { redirect } from "next/navigation";

/** The first screen is a working note. */
export default function HomePage(): never {
  redirect("/notes/welcome");
}

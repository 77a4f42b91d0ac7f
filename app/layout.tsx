import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import { connection } from "next/server";
import type { ReactNode } from "react";
import "./globals.css";

export const metadata: Metadata = {
  title: "Riftpad",
  description: "A multiplayer notes editor whose network you can break on purpose.",
};

export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

/** Sets the theme that was chosen before anything is drawn. */
const THEME = `try{const t=localStorage.getItem("riftpad.theme");if(t==="dark"||t==="light")document.documentElement.dataset.theme=t}catch{}`;

/** Every page is made for its request: its policy names a nonce of its own (server/http/security-headers.ts). */
export default async function RootLayout({ children }: { readonly children: ReactNode }) {
  await connection();
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        <script nonce={nonce} dangerouslySetInnerHTML={{ __html: THEME }} />
      </head>
      <body>{children}</body>
    </html>
  );
}

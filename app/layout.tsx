import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import "./globals.css";

export const metadata: Metadata = {
  title: "Riftpad",
  description: "A multiplayer notes editor whose network you can break on purpose.",
};

export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

/** Sets the theme that was chosen before anything is drawn. */
const THEME = `try{const t=localStorage.getItem("riftpad.theme");if(t==="dark"||t==="light")document.documentElement.dataset.theme=t}catch{}`;

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: THEME }} />
      </head>
      <body>{children}</body>
    </html>
  );
}

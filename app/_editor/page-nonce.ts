/** The nonce of this page's policy, which its own scripts carry; empty where there is none. */
export function pageNonce(): string {
  return document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
}

/** Addresses of peers, as they are counted. */

import { isIPv4, isIPv6 } from "node:net";

/** What addresses of this machine count as. */
export const LOOPBACK = "loopback";

/** What counts as one address: an IPv4 address, the 64 bits of IPv6 that one site is given, or this machine. */
export function addressKey(address: string): string {
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  if (plain === "::1" || (isIPv4(plain) && plain.startsWith("127."))) return LOOPBACK;
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  if (tail !== undefined) {
    const rest = tail.split(":").filter((group) => group !== "").length;
    while (groups.length + rest < 8) groups.push("0");
  }
  return `${groups.slice(0, 4).join(":")}::/64`;
}

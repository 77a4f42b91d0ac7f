/**
 * Yjs' V1 updates, written from the format, without Yjs' code.
 *
 * update  := varUint(clients) client^n deletes
 * client  := varUint(structs) varUint(client) varUint(clock) struct^m, each struct beginning where the one before ends
 * struct  := byte(info) [id origin, if info & 128] [id right origin, if info & 64] [parent, if neither] content;
 *            no parent where info & 31 is 0 (collected) or 10 (a gap)
 * id      := varUint(client) varUint(clock)
 * parent  := (varUint(1) varString(root) | varUint(0) id) [varString(key), if info & 32]
 * content := by info & 31: 0, 1, 10 varUint(length) | 2 varUint(n) varString^n | 3 varBytes | 4 varString(text) | 5 varString(JSON)
 *          | 6 varString(key) varString(JSON) | 7 varUint(type) [varString(name), if type is 3 or 5] | 8 varUint(n) any^n
 *          | 9 varString(guid) any
 * any     := byte(127 | 126 | 121 | 120) | byte(125) varInt | byte(124) 4 bytes | byte(123 | 122) 8 bytes | byte(119) varString
 *          | byte(118) varUint(n) (varString any)^n | byte(117) varUint(n) any^n | byte(116) varBytes
 * deletes := varUint(clients) (varUint(client) varUint(ranges) (varUint(clock) varUint(length))^k)^n
 */

/** Where the text of a note is. */
export const ROOT = "text";

export const HAS_ORIGIN = 128;
export const HAS_RIGHT = 64;
export const HAS_KEY = 32;

/** What a struct is, by the low bits of `info`. */
export const CONTENT_BITS = 31;
export const COLLECTED = 0;
export const GONE = 1;
export const JSONS = 2;
export const BINARY = 3;
export const TEXT = 4;
export const EMBED = 5;
export const FORMAT = 6;
export const TYPE = 7;
export const ANYS = 8;
export const SUBDOCUMENT = 9;
export const GAP = 10;

/** Types that have a name. */
export const XML_ELEMENT = 3;
export const XML_HOOK = 5;

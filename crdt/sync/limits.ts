/**
 * What one connection and one room may cost a node: every number with its unit and its reason. None of them
 * throttles people, nor four writers that send as fast as they are answered. Both ends use this file.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** A message of a tab; larger frames travel in pieces, so that a slow link shows progress and no frame waits long behind another. */
export const TAB_MESSAGE_BYTES_MAX = 64 * KIB;
/** What a piece carries, so that it fits into a message with its head. */
export const PIECE_BYTES_MAX = TAB_MESSAGE_BYTES_MAX - 64;
/** A frame that a tab sends in pieces: a long time of work offline. Beyond it 4413. */
export const PIECED_BYTES_MAX = 8 * MIB;
/** The same in the other direction: a note is as large as its history. Bounds what a broken node can make a tab hold. */
export const NODE_PIECED_BYTES_MAX = 256 * MIB;
/** Step 2 and updates of a stock client, which knows no pieces. Beyond it 4413. */
export const STOCK_MESSAGE_BYTES_MAX = 1 * MIB;
/** Above this the socket itself gives up with 1009, before it holds more. */
export const SOCKET_MESSAGE_BYTES_MAX = 2 * MIB;
/** Frames of one message. Honest clients send one; each costs an object while the message is unfinished. */
export const SOCKET_FRAGMENTS_MAX = 256;
/** What is still read, and thrown away, of a peer that was told goodbye, so that it may hear of it. Beyond it there is none. */
export const GOODBYE_BYTES_MAX = 1 * MIB;
/** A version is 10 bytes for each replica that ever wrote. */
export const VERSION_BYTES_MAX = 64 * KIB;

/** What may wait for a note that is being loaded; then the socket is not read until it is. */
export const EARLY_BYTES_MAX = 64 * KIB;

/** One presence state as JSON: a name, a colour and a caret are 200 bytes. */
export const PRESENCE_STATE_BYTES_MAX = 4 * KIB;
/** A frame with all states that a stock client has heard and repeats. More is dropped unread. */
export const PRESENCE_FRAME_BYTES_MAX = 256 * KIB;
/** Presence that is passed on from one connection; what comes faster is held and the latest state goes out. */
export const PRESENCE_PER_S = 20;
export const PRESENCE_BURST = 20;
/** An owner that has been silent for longer has lost its connection: a stock client renews its presence every 15 s. */
export const PRESENCE_OWNER_SILENCE_MS = 20_000;
/** Ids that have left are forgotten after this; until then late echoes of them are recognised. */
export const PRESENCE_GONE_MS = 60_000;
/** A tab shows who was lost for this long. */
export const PRESENCE_GHOST_MS = 600_000;
/** A tab counts as idle when its caret and text have stood still for this long, */
export const PRESENCE_IDLE_MS = 60_000;
/** and as out of reach when nothing was heard of it for this long: each is renewed every 15 s. */
export const PRESENCE_SILENT_MS = 20_000;

/**
 * Messages of one connection: tokens come back at this rate, up to the burst. One message costs one token and one
 * more for each `TOKEN_BYTES` that it carries or asks for. A closed loop over loopback stays below 15,000 a second.
 */
export const TOKENS_PER_S = 20_000;
export const TOKENS_BURST = 40_000;
export const TOKEN_BYTES = 4 * KIB;
/** A connection whose bucket has been empty, or whose peer has not read, for this long is closed with 1013. */
export const OVERLOAD_MS_MAX = 30_000;

/**
 * What one room does in one turn of the event loop before the others have theirs: about 1 ms, and as much again for passing it on.
 * A message is one unit and one for each KiB. Five times as much made a quiet room beside a flooded one wait for 270 ms (p99), this for 56 to 78.
 */
export const TURN_UNITS_MAX = 200;
/**
 * How long a busy room gathers updates before it sends them again, for each of its members: some twice what the writes cost. Below
 * 100 members that is less than a millisecond, and each turn sends. The first update in a quiet room never waits.
 */
export const PACE_US_PER_READER = 10;
/** An update below this is taken in at once, whatever it says: that takes some 10 ms at most, mostly a thousandth. */
export const LONG_UPDATE_BYTES_MIN = 8 * KIB;
/** An answer is one unit for so many bytes: they are made once for many, but written to each. */
export const ANSWER_BYTES_PER_UNIT = 8 * KIB;

/** Unread bytes of one connection above which it is sent no more updates, but one difference once it has read. */
export const OUTBOX_SOFT_BYTES = 1 * MIB;
/** It has read enough when this is left. */
export const OUTBOX_LOW_BYTES = 256 * KIB;
/** Unread bytes above which a connection is given up with 1013. With pieces and messages on their way in: below 16 MiB. */
export const OUTBOX_HARD_BYTES = 8 * MIB;
/** How often a full outbox is looked at. */
export const OUTBOX_LOOK_MS = 20;

/** A peer whose gaps do not close is asked for what is missing this often, and no more. */
export const RESYNCS_MAX = 8;
/** How long a peer may take to answer that question while it goes on sending what builds on the gap. */
export const RESYNC_MS_MAX = 30_000;

/**
 * Numbered frames of a tab that may be on their way. What is edited beyond that waits and goes out joined, so that a
 * replica that is read slowly sends little and large, and falls behind by this many messages and no more.
 */
export const IN_FLIGHT_MAX = 64;

/** How often each side shows that it lives. */
export const HEARTBEAT_MS = 5_000;
/** A peer of ours that is silent for two of them is gone. */
export const SILENCE_MS_MAX = 2 * HEARTBEAT_MS;
/** A stock client reconnects after 30 s without a message, and WebSocket pings do not count. */
export const STOCK_SIGN_OF_LIFE_MS = 10_000;

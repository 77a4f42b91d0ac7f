/** What the operator should know. People who start Riftpad at home see warnings alone. */

import { destination, type Logger, pino } from "pino";

export function createLog(level: string): Logger {
  return pino({ level, base: null }, destination({ dest: 2, sync: true }));
}

export type { Logger } from "pino";

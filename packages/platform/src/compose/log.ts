/** The operator's log: one JSON object a line, in which a stranger's text can neither end the line nor reach a terminal raw. */
import { visibleJson } from '@gaiwan/errors';
import { type DestinationStream, type Logger, pino } from 'pino';

/** @param level A pino level. */
export function openLog(
  level: string,
  to: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  return pino({ level, base: null }, { write: (line) => to.write(visibleJson(line)) });
}

/** A log against the registers of a TD quote. */
import { fromHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import type { TdReport } from '../dcap/body.ts';
import { Refusal } from '../refusal.ts';
import { type EventLog, parseEventLog } from './log.ts';
import {
  checkData,
  checkRegisters,
  checkSeparators,
  describeSeparators,
  findUnexplained,
  logClaims,
  repeatedSeparators,
  replay,
} from './replay.ts';

/** A log that was read and replayed. Without registers of a quote it is a claim and nothing else. */
export interface ReplayedLog {
  readonly kind: 'eventlog';
  readonly claims: Readonly<Record<string, unknown>>;
  /** False if the data of an event are not what its digest promises. */
  readonly eventDataTrusted: boolean;
  readonly anomalies: readonly string[];
}

/** What of a log is accepted. */
export interface LogOptions {
  /** More than one separator in a register. Default: false. */
  readonly allowRepeatedSeparators?: boolean;
}

/** Register 1 of a CCEL is RTMR 0, and so on; register 0 is MRTD, which no log leads to. */
function rtmrs(td: TdReport): Map<number, Uint8Array> {
  return new Map([td.rtmr0, td.rtmr1, td.rtmr2, td.rtmr3].map((value, index) => [index + 1, fromHex(value)]));
}

/** Register 2 is RTMR 1: up to here the firmware writes, which always measures something. */
const LAST_OF_FIRMWARE = 2;

/** Compares with the quote; returns oddities. Throws "eventlog-mismatch". */
function checkQuote(
  log: EventLog,
  bank: ReadonlyMap<number, Uint8Array> | undefined,
  td: TdReport,
): string[] {
  if (bank === undefined)
    throw new Refusal('eventlog-mismatch', 'The log has no SHA-384 digests, which RTMRs are made of.');
  const quoted = rtmrs(td);
  checkRegisters(bank, quoted, (register) => `RTMR ${register - 1}`);
  const gaps = findUnexplained(log, bank, quoted);
  const lost = gaps.find((register) => register <= LAST_OF_FIRMWARE);
  if (lost !== undefined) {
    throw new Refusal('eventlog-mismatch', `RTMR ${lost - 1} was extended, and the log has no event of it.`);
  }
  return [
    ...gaps.map((register) => `no event leads to the value of RTMR ${register - 1}`),
    ...[...bank.keys()]
      .filter((register) => !quoted.has(register))
      .map((register) => `register ${register} is in the log and not in the quote`),
  ];
}

/**
 * Reads and replays. With `td`: every RTMR that the log extends must have the value of the quote, and RTMR 0 and 1 must not
 * have been extended without the log.
 *
 * @throws {Refusal} `malformed`, `eventlog-mismatch`, `repeated-separator`
 */
export async function verifyEventLog(
  bytes: Uint8Array,
  td: TdReport | undefined,
  context: Context,
  accepting: LogOptions = {},
): Promise<ReplayedLog> {
  const log = parseEventLog(bytes);
  const repeated = repeatedSeparators(log);
  checkSeparators(repeated, accepting.allowRepeatedSeparators);
  const registers = await replay(log, context.crypto);
  const oddities = td === undefined ? [] : checkQuote(log, registers.get('sha384'), td);
  const checks = await checkData(log, context.crypto, td === undefined ? [] : ['sha384']);
  return {
    kind: 'eventlog',
    claims: logClaims(log, registers),
    eventDataTrusted: checks.every(({ verified }) => verified !== false),
    anomalies: [...describeSeparators(repeated), ...oddities],
  };
}

/** A log against the registers of a TD quote. */
import { fromHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import type { TdReport } from '../dcap/body.ts';
import { Refusal } from '../refusal.ts';
import { parseEventLog } from './log.ts';
import { anomalies, checkData, checkRegisters, logClaims, replay } from './replay.ts';

/** A log that was read and replayed. Without registers of a quote it is a claim and nothing else. */
export interface ReplayedLog {
  readonly kind: 'eventlog';
  readonly claims: Readonly<Record<string, unknown>>;
  /** False if the data of an event are not what its digest promises. */
  readonly eventDataTrusted: boolean;
  readonly anomalies: readonly string[];
}

/** Register 1 of a CCEL is RTMR 0, and so on; register 0 is MRTD, which no log leads to. */
function rtmrs(td: TdReport): Map<number, Uint8Array> {
  return new Map([td.rtmr0, td.rtmr1, td.rtmr2, td.rtmr3].map((value, index) => [index + 1, fromHex(value)]));
}

/** Reads and replays; with `td`, every RTMR that the log extends must have the value of the quote ("eventlog-mismatch"). */
export async function verifyEventLog(
  bytes: Uint8Array,
  td: TdReport | undefined,
  context: Context,
): Promise<ReplayedLog> {
  const log = parseEventLog(bytes);
  const registers = await replay(log, context.crypto);
  if (td !== undefined) {
    const bank = registers.get('sha384');
    if (bank === undefined)
      throw new Refusal('eventlog-mismatch', 'The log has no SHA-384 digests, which RTMRs are made of.');
    checkRegisters(bank, rtmrs(td), (register) => `RTMR ${register - 1}`);
  }
  const checks = await checkData(log, context.crypto);
  return {
    kind: 'eventlog',
    claims: logClaims(log, registers),
    eventDataTrusted: checks.every(({ verified }) => verified !== false),
    anomalies: anomalies(log),
  };
}

/** Replaying a log: which register values it leads to, and which of its data its digests vouch for. */
import { dictionary } from '@gaiwan/errors';
import { concat, equal, toHex } from '../bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { Refusal } from '../refusal.ts';
import { isHash } from '../tcg/algorithms.ts';
import { type EventLog, eventTypes, type LogEvent, startupLocality } from './log.ts';

/** Values by bank and register: only registers that the log extends. */
export type Registers = ReadonlyMap<string, ReadonlyMap<number, Uint8Array>>;

/** Register values after all events, in every supported bank of the log. */
export async function replay(log: EventLog, crypto: Crypto): Promise<Registers> {
  const locality = startupLocality(log);
  const banks = new Map<string, Map<number, Uint8Array>>();
  for (const [hash, size] of log.algorithms) {
    if (!isHash(hash)) continue;
    const bank = new Map<number, Uint8Array>();
    for (const event of log.events) {
      const digest = event.digests.get(hash);
      if (event.type === eventTypes.noAction || digest === undefined) continue;
      const before = bank.get(event.register) ?? initialValue(event.register, size, locality);
      bank.set(event.register, new Uint8Array(await crypto.digest(hash, concat(before, digest))));
    }
    banks.set(hash, bank);
  }
  return banks;
}

/** Zero, but for PCR 0, which begins with the locality of the startup. */
function initialValue(register: number, size: number, locality: number): Uint8Array {
  const value = new Uint8Array(size);
  if (register === 0) value[size - 1] = locality;
  return value;
}

/** Types whose digest is the hash of the data, by the firmware profile. For others data are a hint and no more. */
const hashOfData = new Set<number>([
  eventTypes.separator,
  eventTypes.action,
  eventTypes.crtmVersion,
  eventTypes.variableDriverConfig,
  eventTypes.efiAction,
]);

/** Whether the digests of an event are those of its data. */
export interface DataCheck {
  /** Index in the log. */
  readonly index: number;
  readonly event: LogEvent;
  /**
   * True: the digests are those of the data. False: they should be and are not, or the event was not extended into a bank
   * that was asked for. Undefined: nothing vouches for the data, and nothing has to.
   */
  readonly verified: boolean | undefined;
}

/** Compares data and digests. `banks`: those whose registers are quoted, so that each event must be in them. */
export async function checkData(
  log: EventLog,
  crypto: Crypto,
  banks: readonly string[] = [],
): Promise<DataCheck[]> {
  const checks: DataCheck[] = [];
  for (const [index, event] of log.events.entries()) {
    checks.push({ index, event, verified: await verifyEventData(event, crypto, banks) });
  }
  return checks;
}

async function verifyEventData(
  event: LogEvent,
  crypto: Crypto,
  banks: readonly string[],
): Promise<boolean | undefined> {
  if (event.type === eventTypes.noAction) return undefined;
  // What was not extended into a quoted bank could be written into the log by anybody.
  if (banks.some((bank) => !event.digests.has(bank))) return false;
  const matches = await isHashOfData(event, crypto);
  return matches || hashOfData.has(event.type) ? matches : undefined;
}

async function isHashOfData(event: LogEvent, crypto: Crypto): Promise<boolean> {
  let seen = false;
  for (const [hash, digest] of event.digests) {
    if (!isHash(hash)) continue;
    if (!equal(await crypto.digest(hash, event.data), digest)) return false;
    seen = true;
  }
  return seen;
}

/** Registers that dynamic launch resets: they start as all ones. */
const isDynamic = (register: number): boolean => register >= 17 && register <= 22;

/**
 * Quoted registers that the log does not extend although they have left the value they start with: their events were
 * left out of the log, or were never in it (IMA, later measurements of the system).
 */
export function findUnexplained(
  log: EventLog,
  replayed: ReadonlyMap<number, Uint8Array>,
  quoted: ReadonlyMap<number, Uint8Array>,
): number[] {
  const locality = startupLocality(log);
  const untouched = (register: number, value: Uint8Array): boolean =>
    equal(value, initialValue(register, value.length, locality)) ||
    (isDynamic(register) && value.every((byte) => byte === 0xff));
  return [...quoted]
    .filter(([register, value]) => !replayed.has(register) && !untouched(register, value))
    .map(([register]) => register);
}

/** Registers with more than one separator, which a replay does not show: a policy decides. */
export function repeatedSeparators(log: EventLog): number[] {
  const [once, repeated] = [new Set<number>(), new Set<number>()];
  for (const { register, type } of log.events) {
    if (type !== eventTypes.separator) continue;
    if (once.has(register)) repeated.add(register);
    once.add(register);
  }
  return [...repeated];
}

/** Throws "repeated-separator" for registers with more than one, unless that was asked for. */
export function checkSeparators(repeated: readonly number[], allowed: boolean | undefined): void {
  if (repeated.length === 0 || allowed === true) return;
  const which = `register${repeated.length > 1 ? 's' : ''} ${repeated.join(', ')}`;
  throw new Refusal('repeated-separator', `The log has more than one separator in ${which}.`);
}

/** The same in words, for people. */
export const describeSeparators = (repeated: readonly number[]): string[] =>
  repeated.map((register) => `second separator in register ${register}`);

/** Throws "eventlog-mismatch" unless every register of `wanted` that the log extends has the replayed value. */
export function checkRegisters(
  replayed: ReadonlyMap<number, Uint8Array>,
  wanted: ReadonlyMap<number, Uint8Array>,
  nameOf: (register: number) => string,
): void {
  for (const [register, value] of replayed) {
    const have = wanted.get(register);
    if (have !== undefined && !equal(have, value)) {
      throw new Refusal(
        'eventlog-mismatch',
        `The log leads to another value of ${nameOf(register)} than the quoted one.`,
      );
    }
  }
}

/** What the log says. */
export function logClaims(log: EventLog, registers: Registers): Record<string, unknown> {
  return {
    events: log.events.length,
    format: log.format,
    algorithms: dictionary(log.algorithms),
    logBytes: log.length,
    registers: dictionary(
      [...registers].map(([hash, bank]) => [
        hash,
        dictionary(
          [...bank].sort(([a], [b]) => a - b).map(([index, value]) => [String(index), toHex(value)]),
        ),
      ]),
    ),
  };
}

/**
 * Measured-boot logs: the TCG PC Client formats (crypto-agile, and SHA-1 only) and CCEL of TDX, which is crypto-agile
 * with register 0 for MRTD and 1 to 4 for RTMR 0 to 3. A log is a claim of the host; only a replay against quoted
 * registers gives it weight.
 */

import { Reader } from '../bytes.ts';
import { limits } from '../limits.ts';
import { Refusal, unlessRefused } from '../refusal.ts';
import { hashName } from '../tcg/algorithms.ts';

const MAX_EVENTS = limits.eventLogEvents.value;

/** Types of events whose data matter here (TCG PC Client Platform Firmware Profile). */
export const eventTypes = {
  noAction: 3,
  separator: 4,
  action: 5,
  crtmVersion: 8,
  variableDriverConfig: 0x80000001,
  efiAction: 0x80000007,
} as const;

/** One event of a log. */
export interface LogEvent {
  /** PCR, or register of a CCEL. */
  readonly register: number;
  readonly type: number;
  /** By name of the hash. */
  readonly digests: ReadonlyMap<string, Uint8Array>;
  readonly data: Uint8Array;
}

/** A log taken apart: a claim of the host. */
export interface EventLog {
  readonly format: 'crypto-agile' | 'sha1';
  /** Size of a digest, by name of the hash. */
  readonly algorithms: ReadonlyMap<string, number>;
  /** The header event included. */
  readonly events: readonly LogEvent[];
  /** Bytes without padding. */
  readonly length: number;
}

const SPEC_ID = 'Spec ID Event03\0';

const startsWith = (data: Uint8Array, text: string): boolean =>
  data.length >= text.length && String.fromCharCode(...data.subarray(0, text.length)) === text;

/** An event of the first format: one SHA-1 digest. */
function readSha1Event(reader: Reader): LogEvent {
  const register = reader.u32();
  const type = reader.u32();
  const digest = reader.take(20);
  return { register, type, digests: new Map([['sha1', digest]]), data: reader.take(reader.u32()) };
}

/** TCG_EfiSpecIdEvent: which banks the log has, and how long their digests are. */
function algorithmsOf(data: Uint8Array): Map<number, number> {
  const reader = new Reader(data, "The log's header", 'little');
  reader.take(24);
  const count = reader.u32();
  if (count === 0 || count > limits.eventLogBanks.value)
    throw new Refusal('malformed', `A log of ${count} banks.`);
  const sizes = new Map<number, number>();
  for (let i = 0; i < count; i++) sizes.set(reader.u16(), reader.u16());
  if (sizes.size !== count || [...sizes.values()].some((size) => size === 0 || size > 64)) {
    throw new Refusal('malformed', "The log's header has impossible banks.");
  }
  return sizes;
}

function readAgileEvent(reader: Reader, sizes: ReadonlyMap<number, number>): LogEvent {
  const register = reader.u32();
  const type = reader.u32();
  const count = reader.u32();
  if (count > sizes.size)
    throw new Refusal('malformed', `An event with ${count} digests in a log of ${sizes.size} banks.`);
  const digests = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const algorithm = reader.u16();
    const size = sizes.get(algorithm);
    if (size === undefined || digests.has(hashName(algorithm))) {
      throw new Refusal(
        'malformed',
        `An event with a digest of ${hashName(algorithm)}, twice or not in the header.`,
      );
    }
    digests.set(hashName(algorithm), reader.take(size));
  }
  return { register, type, digests, data: reader.take(reader.u32()) };
}

/** Whether nothing but padding is left: a table is longer than its log. */
function isAtPadding(reader: Reader): boolean {
  const rest = reader.bytes.subarray(reader.at);
  const fill = rest[0];
  if (fill !== 0 && fill !== 0xff) return false;
  // An event can begin with a zero, but not with a header that is all zero or all ones.
  if (!rest.subarray(0, 12).every((byte) => byte === fill)) return false;
  if (!rest.every((byte) => byte === fill))
    throw new Refusal('malformed', 'There is something in the padding of the log.');
  return true;
}

/**
 * Takes a log apart. It is a claim of the host: only `replay` against quoted registers gives it weight.
 *
 * @throws {Refusal} `malformed`
 */
export function parseEventLog(bytes: Uint8Array): EventLog {
  if (bytes.length > limits.eventLog.value)
    throw new Refusal('malformed', `An event log of ${bytes.length} bytes.`);
  const reader = new Reader(bytes, 'The event log');
  const first = readSha1Event(reader);
  const agile = first.type === eventTypes.noAction && startsWith(first.data, SPEC_ID);
  const sizes = agile ? algorithmsOf(first.data) : new Map([[4, 20]]);
  const events = [first];
  while (reader.left > 0 && !isAtPadding(reader)) {
    if (events.length === MAX_EVENTS)
      throw new Refusal('malformed', `A log of more than ${MAX_EVENTS} events.`);
    events.push(agile ? readAgileEvent(reader, sizes) : readSha1Event(reader));
  }
  return {
    format: agile ? 'crypto-agile' : 'sha1',
    algorithms: new Map([...sizes].map(([algorithm, size]) => [hashName(algorithm), size])),
    events,
    length: reader.at,
  };
}

const LOCALITY = 'StartupLocality\0';

/**
 * Locality at which the TPM was started, from the log; 0 without a word about it.
 *
 * @throws {Refusal} `malformed` for an event about it that does not say which
 */
export function startupLocality(log: EventLog): number {
  const event = log.events.find(
    ({ type, data }) => type === eventTypes.noAction && startsWith(data, LOCALITY),
  );
  if (event === undefined) return 0;
  const locality = event.data[LOCALITY.length];
  if (locality === undefined)
    throw new Refusal('malformed', 'The event log names a startup locality and does not say which.');
  return locality;
}

/** Whether bytes begin as a crypto-agile log does. */
export function looksLikeEventLog(bytes: Uint8Array): boolean {
  return bytes.length > 48 && startsWith(bytes.subarray(32), SPEC_ID);
}

const FIRMWARE_TYPES = 0x13;
const EFI_TYPES = { from: 0x80000000, to: 0x800000ff };
const LAST_PCR = 23;
/** What an event that is no action may have for a register. */
const NO_REGISTER = 0xffffffff;

/**
 * A log of the first format, which has no mark of its own: every event is of a PCR and of a type that there is, up to the end or to
 * padding. Undefined for anything else.
 */
export function asFirstFormat(bytes: Uint8Array): EventLog | undefined {
  const log = unlessRefused(() => parseEventLog(bytes));
  if (log === undefined) return undefined;
  const plausible = ({ register, type }: LogEvent): boolean =>
    (register <= LAST_PCR || (register === NO_REGISTER && type === eventTypes.noAction)) &&
    (type < FIRMWARE_TYPES || (type >= EFI_TYPES.from && type <= EFI_TYPES.to));
  // Zeros are events of type 0, too.
  const isLog =
    log.format === 'sha1' && log.events.every(plausible) && log.events.some(({ type }) => type !== 0);
  return isLog ? log : undefined;
}

/**
 * SNP reports that a serializer took apart: JSON of their fields, as guest agents and libraries write it (snake case with lists of
 * bytes, camel case with base64). Put together again, byte for byte, they are what the chip signed; where that fails, the signature
 * does not fit.
 */

import { isObject } from '../json/scan.ts';
import { Refusal } from '../refusal.ts';
import { REPORT_SIZE } from '../snp/report.ts';
import { bytesIn } from './encodings.ts';

type Fields = ReadonlyMap<string, unknown>;

/** Names without underscores and in lower case: both styles are one. */
function fieldsOf(value: Readonly<Record<string, unknown>>): Fields {
  return new Map(
    Object.entries(value).map(([name, field]) => [name.replaceAll('_', '').toLowerCase(), field]),
  );
}

/** Places and sizes of the numbers, by every name that they have. Little-endian. */
const numbers: readonly (readonly [at: number, size: 1 | 4 | 8, ...names: string[]])[] = [
  [0x000, 4, 'version'],
  [0x004, 4, 'guestsvn'],
  [0x008, 8, 'policy'],
  [0x030, 4, 'vmpl'],
  [0x034, 4, 'sigalgo', 'signaturealgo'],
  [0x040, 8, 'platinfo', 'platforminfo'],
  [0x048, 4, 'keyinfo', 'signerinfo', 'authorkeyen'],
  [0x188, 1, 'cpuidfamid'],
  [0x189, 1, 'cpuidmodid'],
  [0x18a, 1, 'cpuidstep'],
  [0x1e8, 1, 'currentbuild'],
  [0x1e9, 1, 'currentminor'],
  [0x1ea, 1, 'currentmajor'],
  [0x1ec, 1, 'committedbuild'],
  [0x1ed, 1, 'committedminor'],
  [0x1ee, 1, 'committedmajor'],
  [0x1f8, 8, 'launchmitvector'],
  [0x200, 8, 'currentmitvector'],
];

/** The same for fields of bytes. */
const strings: readonly (readonly [at: number, size: number, name: string])[] = [
  [0x010, 16, 'familyid'],
  [0x020, 16, 'imageid'],
  [0x050, 64, 'reportdata'],
  [0x090, 48, 'measurement'],
  [0x0c0, 32, 'hostdata'],
  [0x0e0, 48, 'idkeydigest'],
  [0x110, 48, 'authorkeydigest'],
  [0x140, 32, 'reportid'],
  [0x160, 32, 'reportidma'],
  [0x1a0, 64, 'chipid'],
];

const tcbs = [
  [0x038, 'currenttcb'],
  [0x180, 'reportedtcb'],
  [0x1e0, 'committedtcb'],
  [0x1f0, 'launchtcb'],
] as const;

const SIGNATURE = 0x2a0;
const bad = (what: string): Refusal => new Refusal('malformed', what);

/** Numbers beyond what JSON's have in JavaScript come as texts, or not at all. */
function integer(value: unknown, name: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  throw bad(`"${name}" of the SNP report is no number that can be read exactly.`);
}

class Encoder {
  readonly bytes = new Uint8Array(REPORT_SIZE);
  readonly #view = new DataView(this.bytes.buffer);

  number(value: bigint, at: number, size: 1 | 4 | 8, name: string): void {
    if (value >= 1n << BigInt(8 * size)) throw bad(`"${name}" of the SNP report does not fit its field.`);
    for (let byte = 0; byte < size; byte++)
      this.#view.setUint8(at + byte, Number((value >> BigInt(8 * byte)) & 0xffn));
  }

  string(value: unknown, at: number, size: number, name: string): void {
    const found = bytesIn(value).find(({ length }) => length === size);
    if (found === undefined) throw bad(`"${name}" of the SNP report is not of ${size} bytes.`);
    this.bytes.set(found, at);
  }
}

/** A TCB is one number, absent for zero, or an object of its parts; only Turin's has an FMC, which moves the others. */
function putTcb(encoder: Encoder, value: unknown, at: number, name: string): void {
  if (value === undefined) return;
  if (!isObject(value)) {
    encoder.number(integer(value, name), at, 8, name);
    return;
  }
  const parts = fieldsOf(value);
  const fmc = parts.get('fmc');
  const part = (which: string, offset: number) =>
    encoder.number(integer(parts.get(which), `${name}.${which}`), at + offset, 1, `${name}.${which}`);
  if (fmc === undefined || fmc === null) {
    part('bootloader', 0);
    part('tee', 1);
    part('snp', 6);
  } else {
    part('fmc', 0);
    part('bootloader', 1);
    part('tee', 2);
    part('snp', 3);
  }
  part('microcode', 7);
}

function putSignature(encoder: Encoder, value: unknown): void {
  if (isObject(value)) {
    encoder.string(value['r'], SIGNATURE, 72, 'signature.r');
    encoder.string(value['s'], SIGNATURE + 72, 72, 'signature.s');
  } else encoder.string(value, SIGNATURE, REPORT_SIZE - SIGNATURE, 'signature');
}

/** Newer serializers nest what older ones spread: {"current": {"major", "minor", "build"}}. */
function firmwareOf(fields: Fields): Fields {
  const flat = new Map(fields);
  for (const which of ['current', 'committed']) {
    const version = fields.get(which);
    if (!isObject(version)) continue;
    for (const [name, part] of fieldsOf(version)) flat.set(`${which}${name}`, part);
  }
  return flat;
}

/** CPUID leaf 1, EAX, as go-sev-guest has it: stepping, then model and family with their extensions. */
function cpuidOf(fields: Fields): Fields {
  const fms = fields.get('cpuid1eaxfms');
  if (typeof fms !== 'number' || !Number.isInteger(fms) || fms <= 0) return fields;
  const family = ((fms >> 8) & 0xf) + ((fms >> 20) & 0xff);
  const model = ((fms >> 4) & 0xf) | (((fms >> 16) & 0xf) << 4);
  return new Map([...fields, ['cpuidfamid', family], ['cpuidmodid', model], ['cpuidstep', fms & 0xf]]);
}

/** Fields that tell a report from everything else. */
const marks = ['reportdata', 'measurement', 'chipid', 'signature'];

/**
 * The 1184 bytes of a report out of its fields; undefined for an object that is none.
 *
 * @throws {Refusal} `malformed` for a report whose fields cannot be read exactly
 */
export function snpReportOfFields(value: unknown): Uint8Array | undefined {
  if (!isObject(value)) return undefined;
  const given = fieldsOf(value);
  if (!marks.every((mark) => given.has(mark))) return undefined;
  const fields = cpuidOf(firmwareOf(given));
  const encoder = new Encoder();
  for (const [at, size, ...names] of numbers) {
    const name = names.find((one) => fields.get(one) !== undefined && fields.get(one) !== null);
    // What older versions do not have is absent or null; zero is what they sign there.
    if (name !== undefined) encoder.number(integer(fields.get(name), name), at, size, name);
  }
  for (const [at, size, name] of strings) encoder.string(fields.get(name), at, size, name);
  for (const [at, name] of tcbs) putTcb(encoder, fields.get(name), at, name);
  putSignature(encoder, fields.get('signature'));
  return encoder.bytes;
}

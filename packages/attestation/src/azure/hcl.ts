/**
 * What a confidential VM of Azure keeps in NV index 0x01400001 of its vTPM: the hardware's report about the paravisor and
 * the runtime claims that the report's data are the hash of. Facts: Microsoft's guest attestation samples.
 */

import { Reader, text } from '../bytes.ts';
import { isObject, parseJsonObject } from '../json/scan.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

const HEADER = 32;
const HARDWARE = 1184;

/** A report taken apart, unverified. */
export interface HclReport {
  readonly hardware: 'snp' | 'tdx';
  /** 1184 bytes: an SNP report, or a TDREPORT (1024 bytes) and zeros. */
  readonly report: Uint8Array;
  /** Exact bytes of the runtime claims. */
  readonly runtimeData: Uint8Array;
  readonly runtimeClaims: Readonly<Record<string, unknown>>;
}

const hardwareTypes: Readonly<Record<number, HclReport['hardware']>> = { 2: 'snp', 4: 'tdx' };

/** Throws `Refusal`: "malformed", "unsupported-version" for hardware that is neither SNP nor TDX. */
export function parseHclReport(bytes: Uint8Array): HclReport {
  if (bytes.length > limits.hclReport.value)
    throw new Refusal('malformed', `An HCL report of ${bytes.length} bytes.`);
  const reader = new Reader(bytes, 'The HCL report');
  if (text(reader.take(4)) !== 'HCLA') throw new Refusal('malformed', 'An HCL report begins with "HCLA".');
  reader.at = HEADER;
  const report = reader.take(HARDWARE);
  reader.take(8);
  const type = reader.u32();
  const hardware = hardwareTypes[type];
  if (hardware === undefined)
    throw new Refusal('unsupported-version', `A report of the hardware type ${type}.`);
  if (reader.u32() !== 1)
    throw new Refusal('unsupported-algorithm', 'The runtime claims are not hashed with SHA-256.');
  const runtimeData = reader.take(reader.u32());
  return { hardware, report, runtimeData, runtimeClaims: parseJsonObject(text(runtimeData)) };
}

/** The JWK of that id among the runtime claims. Throws `Refusal` "runtime-data-binding". */
export function runtimeKey({ runtimeClaims }: HclReport, id: string): Readonly<Record<string, unknown>> {
  const keys = runtimeClaims['keys'];
  const key = Array.isArray(keys)
    ? keys.find((entry: unknown) => isObject(entry) && entry['kid'] === id)
    : undefined;
  if (!isObject(key)) throw new Refusal('runtime-data-binding', `The runtime claims have no key "${id}".`);
  return key;
}

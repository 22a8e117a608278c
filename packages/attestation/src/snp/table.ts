/** The certificate table that a host hands to its guest beside a report (GHCB specification, AMD 56421, 4.1.8.1). */

import { Reader, toHex } from '../bytes.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

const ENTRY = 24;
const MAX_ENTRIES = limits.snpTableEntries.value;

/** GUIDs in the byte order of the table: the first three groups are little-endian. */
const names: Readonly<Record<string, 'vcek' | 'vlek' | 'ask' | 'ark'>> = {
  '8d75da6364e66445adc5f4b93be8accd': 'vcek',
  c24b07a85aa23e48aae639c045a0b8a1: 'vlek',
  '79b3b74aacbbe44fa02f05aef327c782': 'ask',
  a406b4c003a8524997433fb6014cd0ae: 'ark',
};

/** Whether bytes begin as a table of the certificates that are known here. */
export const isCertificateTable = (bytes: Uint8Array): boolean =>
  Object.hasOwn(names, toHex(bytes.subarray(0, 16)));

/** DER each, as found. */
export type CertificateTable = { readonly [name in 'vcek' | 'vlek' | 'ask' | 'ark']?: Uint8Array };

/**
 * The certificates of a table. Entries of unknown GUIDs are left out.
 *
 * @throws {Refusal} `malformed`
 */
export function parseCertificateTable(bytes: Uint8Array): CertificateTable {
  const table: { -readonly [name in keyof CertificateTable]: Uint8Array } = {};
  for (let index = 0; ; index++) {
    if (index > MAX_ENTRIES)
      throw new Refusal('malformed', `A certificate table of more than ${MAX_ENTRIES} entries.`);
    const entry = new Reader(bytes.subarray(index * ENTRY), 'The certificate table');
    const guid = toHex(entry.take(16));
    if (/^0*$/.test(guid)) return table;
    const offset = entry.u32();
    const length = entry.u32();
    if (offset + length > bytes.length) throw new Refusal('malformed', 'A certificate ends after its table.');
    const name = names[guid];
    // oxlint-disable-next-line names/no-names-in-plain-objects -- one of `names`
    if (name !== undefined) table[name] = bytes.subarray(offset, offset + length);
  }
}

/**
 * TPM quotes in JSON of others: an object with what was quoted, its signature and the values of the PCRs, under the names that
 * CoCo's agents, Azure's guest library and others give them.
 */

import { dictionary } from '@gaiwan/errors';
import { toHex } from '../bytes.ts';
import { isObject } from '../json/scan.ts';
import { unlessRefused } from '../refusal.ts';
import { parseAttest, type QuoteBody, quoteBody } from '../tpm/attest.ts';
import type { PcrValues, TpmQuoteEvidence } from '../tpm/quote.ts';
import { parseTpmSignature } from '../tpm/signature.ts';
import { bytesIn } from './encodings.ts';
import { attestIn } from './pieces.ts';

/** Without underscores, in lower case. */
const names = {
  attest: ['message', 'attest', 'quoted', 'quote', 'msg'],
  signature: ['signature', 'sig'],
  pcrs: ['pcrs', 'pcrvalues'],
} as const;

/** Registers that every TPM for PCs has. */
const ALL_PCRS = 24;

function memberOf(value: Readonly<Record<string, unknown>>, wanted: readonly string[]): unknown {
  return Object.entries(value).find(([name]) => wanted.includes(name.replaceAll('_', '').toLowerCase()))?.[1];
}

/** TPMT_SIGNATURE, or else the bare signature of an RSA key. */
function signatureOf(value: unknown): Pick<TpmQuoteEvidence, 'signature' | 'rawSignature'> {
  const found = bytesIn(value);
  const signature = found.find((bytes) => unlessRefused(() => parseTpmSignature(bytes)) !== undefined);
  if (signature !== undefined) return { signature };
  const [rawSignature] = found;
  return rawSignature === undefined ? {} : { rawSignature };
}

/** Values in a list: of all registers, or of those that the quote selects, one bank after another. */
function pcrsOfList(list: readonly unknown[], quote: QuoteBody): PcrValues | undefined {
  const selected = quote.selections.flatMap(({ hash, pcrs }) => pcrs.map((index) => ({ hash, index })));
  const [bank] = quote.selections.filter(({ pcrs }) => pcrs.length > 0);
  const places =
    list.length === selected.length
      ? selected
      : list.length === ALL_PCRS && bank !== undefined && quote.selections.length === 1
        ? list.map((_, index) => ({ hash: bank.hash, index }))
        : undefined;
  if (places === undefined) return undefined;
  const banks = new Map<string, Map<string, string>>();
  for (const [at, { hash, index }] of places.entries()) {
    const [value] = bytesIn(list[at]);
    if (value === undefined) return undefined;
    const values = banks.get(hash) ?? new Map<string, string>();
    banks.set(hash, values.set(String(index), toHex(value)));
  }
  return dictionary([...banks].map(([hash, values]) => [hash, dictionary(values)]));
}

/** A quote that a TPM made, out of the object that has it; undefined for an object that has none. Throws `Refusal`. */
export function tpmQuoteOfObject(value: unknown): TpmQuoteEvidence | undefined {
  if (!isObject(value)) return undefined;
  const attest = bytesIn(memberOf(value, names.attest))
    .map(attestIn)
    .find((found) => found !== undefined);
  if (attest === undefined) return undefined;
  const list = memberOf(value, names.pcrs);
  const pcrs = Array.isArray(list) ? pcrsOfList(list, quoteBody(parseAttest(attest))) : undefined;
  return { attest, ...signatureOf(memberOf(value, names.signature)), ...(pcrs && { pcrs }) };
}

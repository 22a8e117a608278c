/** Registers that evidence names, under the names that policies use; nothing is verified here. */
import { dictionary } from '@gaiwan/errors';
import { parseCcaToken } from '../arm/cca.ts';
import { toHex } from '../bytes.ts';
import { asArray, asBytes } from '../cbor/decode.ts';
import { parseQuote, type Quote } from '../dcap/quote.ts';
import type { Evidence } from '../evidence.ts';
import { type NitroDocument, parseNitroDocument } from '../nitro/document.ts';
import { Refusal } from '../refusal.ts';
import { parseSnpReport } from '../snp/report.ts';
import type { PcrValues } from '../tpm/quote.ts';

type Registers = Record<string, string>;

/** Of a quote: `mrEnclave` and `mrSigner`, or `mrTd` and `rtmr0` to `rtmr3`. */
export function quoteRegisters(quote: Quote): Registers {
  if (quote.tee === 'sgx') return { mrEnclave: quote.body.mrEnclave, mrSigner: quote.body.mrSigner };
  const { mrTd, rtmr0, rtmr1, rtmr2, rtmr3 } = quote.body;
  return { mrTd, rtmr0, rtmr1, rtmr2, rtmr3 };
}

/** Of a Nitro document: `pcr0` and so on. */
export function nitroRegisters(document: NitroDocument): Registers {
  return dictionary([...document.pcrs].map(([index, pcr]) => [`pcr${index}`, toHex(pcr)] as const));
}

/** "sha256:0", and "pcr0" where one bank alone is quoted. */
export function tpmRegisters(banks: PcrValues): Registers {
  const entries = Object.entries(banks).flatMap(([hash, bank]) =>
    Object.entries(bank).map(([index, value]) => [hash, index, value] as const),
  );
  const single = Object.keys(banks).length === 1;
  return dictionary(
    entries.flatMap(([hash, index, value]) => [
      [`${hash}:${index}`, value],
      ...(single ? [[`pcr${index}`, value] as const] : []),
    ]),
  );
}

const RIM = 44238;
const REMS = 44239;

function ccaRegisters(token: Uint8Array): Registers {
  const { realmClaims } = parseCcaToken(token);
  const hex = (value: Parameters<typeof asBytes>[0]) => toHex(asBytes(value, 'A measurement'));
  const extensible = asArray(realmClaims.get(REMS), 'The extensible measurements');
  return {
    rim: hex(realmClaims.get(RIM)),
    ...dictionary(extensible.map((value, index) => [`rem${index}`, hex(value)] as const)),
  };
}

/**
 * What evidence says of itself, by register: for a program that asks its own machine who it is. Lower-case hexadecimal. Nothing is verified.
 *
 * @throws {Refusal} `malformed`; `unsupported-version` for a kind without registers of its own
 */
export function claimedMeasurements(evidence: Evidence): Readonly<Record<string, string>> {
  switch (evidence.kind) {
    case 'dcap':
      return quoteRegisters(parseQuote(evidence.quote));
    case 'snp':
      return { measurement: parseSnpReport(evidence.report).measurement };
    case 'nitro':
      return nitroRegisters(parseNitroDocument(evidence.document));
    case 'cca':
      return ccaRegisters(evidence.token);
    case 'tpm':
      return tpmRegisters(evidence.pcrs ?? {});
    default:
      throw new Refusal('unsupported-version', `Evidence of the kind "${evidence.kind}" has no registers.`);
  }
}

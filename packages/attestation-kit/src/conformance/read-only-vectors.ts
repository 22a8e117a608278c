/** Vectors of what no verifier can vouch for alone: event logs, EPID quotes, CoRIMs. */
import {
  type Context,
  inspect,
  parseEventLog,
  parseQuote,
  Refusal,
  replay,
  verifyEventLog,
} from '@gaiwan/attestation';
import { toHex } from '@gaiwan/attestation/bytes';
import { iasSignatureFits, parseIasReport, type TdReport } from '@gaiwan/attestation/steps';
import { type Inputs, neededFile } from './inputs.ts';
import type { Outcome } from './outcome.ts';

/** Which RTMRs of a quote the log leads to. */
async function matchingRegisters(
  log: Uint8Array,
  td: TdReport,
  context: Context,
): Promise<Record<string, boolean>> {
  const bank =
    (await replay(parseEventLog(log), context.crypto)).get('sha384') ?? new Map<number, Uint8Array>();
  const values = [td.rtmr0, td.rtmr1, td.rtmr2, td.rtmr3];
  return Object.fromEntries(
    [...bank]
      .filter(([register]) => register > 0)
      .map(([register, value]) => [`rtmr${register - 1}`, toHex(value) === values[register - 1]]),
  );
}

/** `quote`: the one whose registers the log must lead to. Throws `Refusal` for a log that cannot be read. */
export async function runEventLog(
  inputs: Inputs,
  quote: Uint8Array | undefined,
  context: Context,
): Promise<Outcome> {
  const log = neededFile(inputs, 'log');
  const parsed = quote && parseQuote(quote);
  const td = parsed?.tee === 'tdx' ? parsed.body : undefined;
  const reading = { allowRepeatedSeparators: true };
  const { claims, eventDataTrusted } = await verifyEventLog(log, undefined, context, reading);
  const matchesQuote = td && (await matchingRegisters(log, td, context));
  const all = { ...claims, ...(matchesQuote && { matchesQuote }) };
  try {
    await verifyEventLog(log, td, context);
    return { verdict: 'parse-and-replay', claims: all, facts: { eventDataTrusted } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const register = Object.entries(matchesQuote ?? {}).find(([, match]) => !match)?.[0];
    const { code: reason, message } = error;
    return { verdict: 'invalid', reason, message, claims: all, facts: { register } };
  }
}

/** A quote of EPID, with what Intel's service once said of it. */
export async function runEpid(inputs: Inputs, context: Context): Promise<Outcome> {
  const { file } = inputs;
  const quote = await inspect(neededFile(inputs, 'quoteBody'));
  const [avr, signature, certificates] = [file('avr'), file('avrSignature'), file('avrCertsUrlencoded')];
  const claims = quote.verdict === 'unverified' ? quote.claims : {};
  if (avr === undefined) return { verdict: 'parse-only', claims, facts: {} };
  const { isvEnclaveQuoteStatus, timestamp } = parseIasReport(avr);
  const signed =
    signature && certificates && (await iasSignatureFits(avr, signature, certificates, context.crypto));
  return {
    verdict: 'parse-only',
    claims: {
      ...claims,
      isvEnclaveQuoteStatus,
      timestamp,
      ...(signed !== undefined && { avrSignatureByReportSigningCert: signed }),
    },
    facts: {},
  };
}

/** A CoRIM, read. */
export async function runCorim(inputs: Inputs): Promise<Outcome> {
  const found = await inspect(neededFile(inputs, 'corim'));
  if (found.verdict === 'refused') return { ...found, verdict: 'invalid', claims: {}, facts: {} };
  return { verdict: 'parse-only', claims: found.claims, facts: {} };
}

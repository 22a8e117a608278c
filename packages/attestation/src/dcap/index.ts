/** SGX and TDX quotes alone, for small bundles. */
import { judge, type Verification, type VerifyOptions } from '../verdict.ts';
import { type DcapEndorsements, type VerifiedDcap, verifyDcap } from './verify.ts';

export { parseQuote, type Quote } from './quote.ts';
export type { DcapEndorsements, VerifiedDcap } from './verify.ts';

/**
 * `verify` for quotes of SGX and TDX alone, for bundles that need nothing else.
 *
 * @throws {TypeError} for a time that is none
 */
export function verifyQuote(
  quote: Uint8Array,
  endorsements: DcapEndorsements,
  options: VerifyOptions,
): Promise<Verification<VerifiedDcap & { readonly at: number }>> {
  return judge(options, async (context) => ({
    at: context.at,
    ...(await verifyDcap(quote, endorsements, context)),
  }));
}

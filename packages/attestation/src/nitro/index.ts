/** Nitro documents alone, for small bundles. */
import { judge, type Verification, type VerifyOptions } from '../verdict.ts';
import { type VerifiedNitro, verifyNitro } from './verify.ts';

export { type NitroDocument, parseNitroDocument } from './document.ts';
export type { VerifiedNitro } from './verify.ts';

/**
 * `verify` for Nitro documents alone, for bundles that need nothing else.
 *
 * @throws {TypeError} for a time that is none
 */
export function verifyDocument(
  document: Uint8Array,
  options: VerifyOptions,
): Promise<Verification<VerifiedNitro & { readonly at: number }>> {
  return judge(options, async (context) => ({ at: context.at, ...(await verifyNitro(document, context)) }));
}

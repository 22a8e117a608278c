/** SEV-SNP reports alone, for small bundles. */
import { judge, type Verification, type VerifyOptions } from '../verdict.ts';
import { type SnpEndorsements, type VerifiedSnp, verifySnp } from './verify.ts';

export { parseSnpReport, type SnpReport } from './report.ts';
export { parseCertificateTable } from './table.ts';
export type { SnpEndorsements, VerifiedSnp } from './verify.ts';

/**
 * `verify` for SNP reports alone, for bundles that need nothing else.
 *
 * @throws {TypeError} for a time that is none
 */
export function verifyReport(
  report: Uint8Array,
  endorsements: SnpEndorsements,
  options: VerifyOptions,
): Promise<Verification<VerifiedSnp & { readonly at: number }>> {
  return judge(options, async (context) => ({
    at: context.at,
    ...(await verifySnp(report, endorsements, context)),
  }));
}

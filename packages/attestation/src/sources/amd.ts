/** AMD's Key Distribution Service (AMD 57230). It limits how often it may be asked: put a cache in front. */

import { parseHclReport } from '../azure/hcl.ts';
import { isZero, toHex } from '../bytes.ts';
import type { Evidence } from '../evidence.ts';
import { Refusal } from '../refusal.ts';
import { decodeTcb, type Product } from '../snp/product.ts';
import { parseSnpReport, reportProduct, type SnpReport } from '../snp/report.ts';
import { parseCertificateTable } from '../snp/table.ts';
import type { SnpEndorsements } from '../snp/verify.ts';
import { get, type HttpOptions } from './http.ts';
import { type EndorsementSource, SourceError } from './source.ts';

/** Where AMD's endorsements come from. */
export interface AmdOptions extends HttpOptions {
  /** Default: AMD's own service. */
  readonly url?: string;
  /** For reports of version 2, which do not tell it. */
  readonly product?: Product;
  /** What the host handed over (configfs-tsm: auxblob): the only place where a VLEK is found. */
  readonly certificateTable?: Uint8Array;
}

const KDS = 'https://kdsintf.amd.com';

function reportOf(evidence: Evidence): SnpReport {
  if (evidence.kind === 'snp') return parseSnpReport(evidence.report);
  if (evidence.kind === 'azure-vtpm') {
    const { hardware, report } = parseHclReport(evidence.hclReport);
    if (hardware === 'snp') return parseSnpReport(report);
  }
  throw new SourceError('wrong-kind', `Evidence of the kind "${evidence.kind}" has no SNP report.`);
}

/** Path of the chip's certificate for the firmware that the report declares. */
function vcekPath(report: SnpReport, product: Product): string {
  if (report.maskChipKey || isZero(report.chipId)) {
    throw new Refusal(
      'missing-collateral',
      'The report hides its chip: only the host can hand over the certificate.',
    );
  }
  const { fmc, bootloader, tee, snp, microcode } = decodeTcb(report.reportedTcb, product);
  const chip = toHex(product === 'Turin' ? report.chipId.subarray(0, 8) : report.chipId);
  const parts = {
    ...(fmc !== undefined && { fmcSPL: fmc }),
    blSPL: bootloader,
    teeSPL: tee,
    snpSPL: snp,
    ucodeSPL: microcode,
  };
  const query = Object.entries(parts).map(([name, svn]) => `${name}=${String(svn).padStart(2, '0')}`);
  return `${product}/${chip}?${query.join('&')}`;
}

/**
 * Endorsements of SNP reports, also of those in Azure's composites. AMD's service limits how often it may be asked: put `cachedSource`
 * in front.
 *
 * @example
 * const source = cachedSource(amdSource());
 * const endorsements = await source.endorsements({ kind: 'snp', report });
 */
export function amdSource(options: AmdOptions = {}): EndorsementSource {
  const base = (options.url ?? KDS).replace(/\/+$/, '');
  return {
    async endorsements(evidence): Promise<SnpEndorsements> {
      const report = reportOf(evidence);
      const product = reportProduct(report) ?? options.product;
      if (product === undefined) {
        throw new Refusal(
          'missing-collateral',
          'The report does not tell its product: give it as an option.',
        );
      }
      const table = options.certificateTable && parseCertificateTable(options.certificateTable);
      const kind = report.signingKey === 'VCEK' ? 'vcek' : 'vlek';
      const given = table?.[kind];
      if (given === undefined && kind === 'vlek') {
        throw new Refusal(
          'missing-collateral',
          'A VLEK certificate comes from the host, in its certificate table.',
        );
      }
      const leaf =
        given ?? get(`${base}/vcek/v1/${vcekPath(report, product)}`, options).then(({ bytes }) => bytes);
      const [endorsementKey, chain, crl] = await Promise.all([
        leaf,
        get(`${base}/${kind}/v1/${product}/cert_chain`, options),
        get(`${base}/${kind}/v1/${product}/crl`, options),
      ]);
      return { endorsementKey, caChain: chain.bytes, amdCrl: crl.bytes };
    },
  };
}

/** What an appraisal looks at, the same for every format. A field that a format has nothing for is absent. */
import { isZero, toHex } from '../bytes.ts';
import type { TcbEvaluation } from '../dcap/tcb.ts';
import type { VerifiedDcap } from '../dcap/verify.ts';
import type { VerifiedNitro } from '../nitro/verify.ts';
import type { VerifiedSnp } from '../snp/verify.ts';
import { nitroRegisters, quoteRegisters } from './registers.ts';

/** What rules look at; each format fills in what it has. */
export interface Facts {
  readonly debug: boolean;
  readonly migratable: boolean;
  /** Registers by name, lower-case hexadecimal. */
  readonly measurements: Readonly<Record<string, string>>;
  readonly signers: readonly string[];
  /** 64 bytes, hexadecimal. */
  readonly reportData?: string;
  /** The format's own nonce, hexadecimal; null: there is none in this evidence. */
  readonly nonce?: string | null;
  /** When the evidence was made, as it says itself; milliseconds since 1970. */
  readonly time?: number;
  /** SHA-256 that a measured program gives of its configuration, hexadecimal. */
  readonly configuration?: string;
  /** Whether it vouches for a key that signs for connections, which need no evidence of their own then. */
  readonly namesSessionSigningKey?: boolean;
  /** False where an optional revocation list was not given. */
  readonly revocationChecked?: boolean;
  readonly tcb?: TcbEvaluation;
  readonly keyTrust?: string;
  readonly earStatus?: string;
  /** TPM: whether every quoted bank is of SHA-1. */
  readonly weakBanks?: boolean;
  /** TPM: registers in which the given event log has more than one separator. */
  readonly repeatedSeparators?: readonly number[];
  readonly snp?: VerifiedSnp;
  readonly identity: {
    readonly chipId?: string;
    readonly cspId?: string;
    readonly platformInstanceId?: string;
    readonly fmspc?: string;
    readonly instanceId?: string;
    readonly implementationId?: string;
  };
}

/** Of a quote of SGX or TDX. */
export function dcapFacts({ quote, pck, tcb }: VerifiedDcap): Facts {
  const { body } = quote;
  return {
    debug: body.debug,
    migratable: quote.tee === 'tdx' && quote.body.migratable,
    measurements: quoteRegisters(quote),
    signers: quote.tee === 'sgx' ? [quote.body.mrSigner] : [],
    reportData: body.reportData,
    tcb,
    identity: {
      fmspc: pck.fmspc,
      ...(pck.platformInstanceId && { platformInstanceId: pck.platformInstanceId }),
    },
  };
}

/** Of an SNP report. */
export function snpFacts(verified: VerifiedSnp): Facts {
  const { report, certificate } = verified;
  return {
    debug: verified.debug,
    migratable: verified.migrationAllowed,
    measurements: { measurement: report.measurement },
    signers: [report.idKeyDigest, report.authorKeyDigest].filter((digest) => !/^0*$/.test(digest)),
    reportData: report.reportData,
    revocationChecked: verified.revocationChecked,
    snp: verified,
    identity: {
      ...(!isZero(report.chipId) && { chipId: toHex(report.chipId) }),
      ...(certificate.cspId && { cspId: certificate.cspId }),
    },
  };
}

/** Of a Nitro document: PCR 8 is the signer of the image. */
export function nitroFacts({ document, debug }: VerifiedNitro): Facts {
  const signer = document.pcrs.get(8);
  return {
    debug,
    migratable: false,
    measurements: nitroRegisters(document),
    signers: signer === undefined || isZero(signer) ? [] : [toHex(signer)],
    nonce: document.nonce && toHex(document.nonce),
    time: document.timestamp,
    identity: { instanceId: document.moduleId },
  };
}

/** A TPM 2.0 as attester: a quote over PCRs, with the event log that explains them where the machine has one. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { limits } from '../limits.ts';
import { type Bank, Tpm, TpmError, type TpmTransport } from '../tpm2/index.ts';
import { type Attester, AttesterError, checkReportData } from './attester.ts';

/** Which TPM, and what it quotes. */
export interface TpmAttesterOptions {
  /** Opened for each quote and closed after it: others use the TPM too. */
  readonly open: () => Promise<TpmTransport>;
  /** Default: 0 to 7, what the firmware measures. */
  readonly pcrs?: readonly number[];
  /** Default: sha256. */
  readonly bank?: Bank;
  /** e.g. /sys/kernel/security/tpm0/binary_bios_measurements. */
  readonly eventLog?: string;
}

/** Evidence of the kind "tpm" by the attestation key of the endorsement hierarchy, which is the same after each start. */
export function tpmAttester(options: TpmAttesterOptions): Attester {
  const { open, pcrs = [0, 1, 2, 3, 4, 5, 6, 7], bank = 'sha256', eventLog } = options;
  return {
    kind: 'tpm',
    slow: true,
    async evidence(reportData) {
      checkReportData(reportData);
      const nonce = createHash('sha256').update(reportData).digest();
      const log = eventLog === undefined ? undefined : await readLog(eventLog);
      let tpm: Tpm | undefined;
      try {
        tpm = new Tpm(await open());
        const quoted = await takeQuote(tpm, nonce, bank, pcrs);
        return { evidence: { kind: 'tpm', ...quoted, ...(log && { eventLog: log }) } };
      } catch (cause) {
        if (!(cause instanceof TpmError)) throw cause;
        throw new AttesterError(
          cause.code === 'tpm-unreachable' ? 'not-available' : 'failed',
          cause.message,
          { cause },
        );
      } finally {
        await tpm?.close();
      }
    },
  };
}

/** Values and quote belong together: where a PCR was extended in between, both are taken again. */
async function takeQuote(tpm: Tpm, nonce: Uint8Array, bank: Bank, pcrs: readonly number[]) {
  return tpm.withAttestationKey('endorsement', async (key) => {
    for (let attempt = 0; attempt < limits.quoteAttempts.value; attempt++) {
      const before = await tpm.pcrs(bank, pcrs);
      const signed = await tpm.quote(key, nonce, bank, pcrs);
      const after = await tpm.pcrs(bank, pcrs);
      if (pcrs.every((pcr) => before[pcr] === after[pcr]))
        return { ...signed, akPublic: key.publicArea, pcrs: { [bank]: after } };
    }
    throw new AttesterError('busy', 'The PCRs changed with every quote: something extends them without end.');
  });
}

async function readLog(path: string): Promise<Uint8Array> {
  try {
    const log = await readFile(path);
    if (log.length <= limits.eventLog.value) return new Uint8Array(log);
  } catch (cause) {
    throw new AttesterError('not-available', `The event log ${path} cannot be read: is securityfs mounted?`, {
      cause,
    });
  }
  throw new AttesterError('failed', `The event log ${path} has more than ${limits.eventLog.value} bytes.`);
}

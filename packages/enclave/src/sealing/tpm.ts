/** Sealing to the PCRs of a TPM: the TPM itself keeps the secret back. */
import {
  type Bank,
  PcrMismatch,
  sealToPcrs,
  Tpm,
  TpmError,
  type TpmTransport,
  unsealFromPcrs,
} from '../tpm2/index.ts';
import { type Sealer, SealingError } from './sealer.ts';

/** Which TPM, and which of its registers name the program. */
export interface TpmSealerOptions {
  readonly open: () => Promise<TpmTransport>;
  /** Such that they name the program: those that the kernel and what it runs are measured into. */
  readonly pcrs: readonly number[];
  /** Default: sha256. */
  readonly bank?: Bank;
  /** Values that the PCRs will have when it is opened; default: those of now. */
  readonly values?: Readonly<Record<string, string>>;
}

/** Seals to PCRs. */
export function tpmSealer({ open, ...options }: TpmSealerOptions): Sealer {
  const withTpm = async <T>(action: (tpm: Tpm) => Promise<T>): Promise<T> => {
    let tpm: Tpm | undefined;
    try {
      tpm = new Tpm(await open());
      return await action(tpm);
    } catch (cause) {
      if (cause instanceof PcrMismatch) {
        const registers = cause.differences.map(({ pcr }) => `pcr${pcr}`);
        throw new SealingError('wrong-measurement', cause.message, { cause, registers });
      }
      if (!(cause instanceof TpmError)) throw cause;
      const code = cause.code === 'tpm-unreachable' ? 'failed' : 'not-unsealable';
      throw new SealingError(code, cause.message, { cause });
    } finally {
      await tpm?.close();
    }
  };
  return {
    seal: (secret) => withTpm((tpm) => sealToPcrs(tpm, secret, options)),
    unseal: (blob) => withTpm((tpm) => unsealFromPcrs(tpm, blob)),
  };
}

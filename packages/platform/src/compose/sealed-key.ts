/** The root key of a data folder, which the machine keeps, or a key broker. */
import { join } from 'node:path';
import { type Machine, type SealedRootKey, SealingError, sealedRootKey } from '@gaiwan/enclave';
import { refuse } from '../errors.ts';

/** Rejects with `PlatformError` where the key is kept back. */
export function sealedKeyOf(data: string, machine: Machine): SealedRootKey {
  const { sealer, attester } = machine;
  if (sealer === undefined) {
    throw refuse(
      'no-sealing',
      `A machine of the kind ${attester.kind} keeps no keys: name a key broker (--key-broker), or a TPM (--tee tpm).`,
    );
  }
  const sealed = sealedRootKey(join(data, 'root.sealed'), sealer);
  const notRotated = `The keys of ${data} were not rotated.`;
  return {
    load: async (options) => {
      const keys = await refuseIfKeptBack(machine, `${data} stays closed.`, sealed.load(options));
      const settled = `${data} is open, and its sealed key could not be tidied up.`;
      return keys.map(({ bytes, settle }) => ({
        bytes,
        settle: () => refuseIfKeptBack(machine, settled, settle()),
      }));
    },
    another: async () => {
      const { bytes, settle } = await refuseIfKeptBack(machine, notRotated, sealed.another());
      const settled = `The keys of ${data} were rotated, and the old sealed key is still there.`;
      return { bytes, settle: () => refuseIfKeptBack(machine, settled, settle()) };
    },
    reseal: (other) =>
      refuseIfKeptBack(machine, `The key of ${data} was not handed over.`, sealed.reseal(other)),
  };
}

async function refuseIfKeptBack<T>(machine: Machine, what: string, attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    const advice = error.code === 'wrong-measurement' ? ` ${adviceOf(machine)}` : '';
    throw refuse(`sealing-${error.code}`, `${what} ${error.message}${advice}`, {
      subjects: error.registers,
      cause: error,
    });
  }
}

const adviceOf = ({ keyBroker }: Machine): string =>
  keyBroker === undefined
    ? 'Start the release and the configuration that it was sealed to, and let that release hand the key over: gaiwan reseal.'
    : `The broker's owner decides who gets the key: have this release and configuration allowed there.`;

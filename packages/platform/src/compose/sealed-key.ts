/** The root key of a data folder, which the machine keeps, or a key broker. */
import { join } from 'node:path';
import { type Machine, type SealedRootKey, SealingError, sealedRootKey } from '@gaiwan/enclave';
import { refuse } from '../errors.ts';
import { type Description, keepDescription, sinceLastStart } from './description.ts';

/** The words are for the operator; where nobody described the program, registers have to do. */
export type KeepingMachine = Machine & { readonly described?: Description };

/** Rejects with `PlatformError` where the key is kept back. */
export function sealedKeyOf(data: string, machine: KeepingMachine): SealedRootKey {
  const { sealer, attester } = machine;
  if (sealer === undefined) {
    throw refuse(
      'no-sealing',
      `A machine of the kind ${attester.kind} keeps no keys: name a key broker (--key-broker), or a TPM (--tee tpm).`,
    );
  }
  const sealed = sealedRootKey(join(data, 'root.sealed'), sealer);
  const { described } = machine;
  const refuseIfKeptBack = refusalsOf(data, machine);
  const notRotated = `The keys of ${data} were not rotated.`;
  return {
    load: async (options) => {
      const keys = await refuseIfKeptBack(`${data} stays closed.`, sealed.load(options));
      const settled = `${data} is open, and its sealed key could not be tidied up.`;
      return keys.map(({ bytes, settle }) => ({
        bytes,
        settle: async () => {
          await refuseIfKeptBack(settled, settle());
          if (described) await keepDescription(data, described);
        },
      }));
    },
    another: async () => {
      const { bytes, settle } = await refuseIfKeptBack(notRotated, sealed.another());
      const settled = `The keys of ${data} were rotated, and the old sealed key is still there.`;
      return { bytes, settle: () => refuseIfKeptBack(settled, settle()) };
    },
    reseal: (other) => refuseIfKeptBack(`The key of ${data} was not handed over.`, sealed.reseal(other)),
  };
}

const refusalsOf =
  (data: string, machine: KeepingMachine) =>
  async <T>(what: string, attempt: Promise<T>): Promise<T> => {
    try {
      return await attempt;
    } catch (error) {
      if (!(error instanceof SealingError)) throw error;
      const isOther = error.code === 'wrong-measurement';
      const since = isOther && machine.described ? await sinceLastStart(data, machine.described) : '';
      const advice = isOther ? `${since} ${adviceOf(machine)}` : '';
      throw refuse(`sealing-${error.code}`, `${what} ${error.message}${advice}`, {
        subjects: error.registers,
        cause: error,
      });
    }
  };

const adviceOf = ({ keyBroker }: Machine): string =>
  keyBroker === undefined
    ? 'Start the release and the configuration that it was sealed to, and let that release hand the key over: gaiwan reseal.'
    : `The broker's owner decides who gets the key: have this release and configuration allowed there.`;

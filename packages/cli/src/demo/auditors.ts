/** Two people who have read the program, built it themselves, and say which measurement it has. */
import { generateKeyPairSync } from 'node:crypto';
import type { ReferenceValues } from '@gaiwan/client';
import { measurePlatform } from '@gaiwan/platform';
import { formatEnclaveInfo, signEnclaveInfo, simulatedRegisters } from '@gaiwan/trust';
import { PROGRAM } from '../program.ts';

export interface Audited {
  readonly reference: Extract<ReferenceValues, { enclaveInfo: Uint8Array }>;
  readonly auditors: readonly string[];
  readonly mrTd: string;
}

/** Each measures for itself, and signs only if it finds what the enclave info says. */
export async function audit(...auditors: readonly string[]): Promise<Audited> {
  const found = await Promise.all(auditors.map(measureProgram));
  const [first] = found;
  if (first === undefined || found.some(({ info }) => info !== first.info))
    throw new Error('the auditors found different programs');
  const enclaveInfo = Buffer.from(first.info);
  const keys = auditors.map(() => generateKeyPairSync('ed25519'));
  const signatures = keys.map(({ privateKey }) =>
    signEnclaveInfo(enclaveInfo, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  );
  const pem = keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return {
    reference: { enclaveInfo, signatures, auditors: { keys: pem, needed: auditors.length } },
    auditors,
    mrTd: first.mrTd,
  };
}

async function measureProgram(): Promise<{ readonly info: string; readonly mrTd: string }> {
  const { bundle, configuration } = await measurePlatform({ program: PROGRAM });
  const { mrTd, ...rtmrs } = simulatedRegisters({ bundle: bundle.digest, configuration });
  return { info: formatEnclaveInfo({ mr_td: mrTd, ...rtmrs }), mrTd };
}

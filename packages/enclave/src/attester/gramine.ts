/** SGX under Gramine: files in /dev/attestation, which belong to this process alone. */

import { join } from 'node:path';
import { parseQuote, Refusal } from '@gaiwan/attestation';
import { systemCode } from '@gaiwan/errors';
import { type Attester, AttesterError, checkReportData } from './attester.ts';
import { type InterfaceFiles, nodeFiles } from './files.ts';

/** Where Gramine's files are. */
export interface GramineOptions {
  /** Default: /dev/attestation. */
  readonly base?: string;
  readonly files?: Pick<InterfaceFiles, 'read' | 'write'>;
}

const BASE = '/dev/attestation';
const SEALING_KEY_BYTES = 16;

/** `user_report_data` and `quote` are one register of the process: two requests at once would get each other's. */
let lastTurn: Promise<unknown> = Promise.resolve();
function takeTurn<T>(action: () => Promise<T>): Promise<T> {
  const mine = lastTurn.then(action, action);
  lastTurn = mine.catch(() => undefined);
  return mine;
}

function unavailableError(base: string, cause: unknown): AttesterError {
  const code = systemCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new AttesterError(
      'not-available',
      `${base} is not there: this process does not run under Gramine.`,
      { cause },
    );
  return new AttesterError('failed', `Gramine's files at ${base} cannot be used (${String(code)}).`, {
    cause,
  });
}

/** Attester of SGX under Gramine, whose evidence is a DCAP quote. */
export function gramineAttester({ base = BASE, files = nodeFiles }: GramineOptions = {}): Attester {
  const makeQuote = async (reportData: Uint8Array): Promise<Uint8Array> => {
    try {
      const type = Buffer.from(await files.read(join(base, 'attestation_type')))
        .toString('latin1')
        .trim();
      if (type !== 'dcap')
        throw new AttesterError(
          'not-available',
          `Gramine's attestation type is "${type.slice(0, 20)}": set sgx.remote_attestation = "dcap" in the manifest.`,
        );
      await files.write(join(base, 'user_report_data'), reportData);
      return await files.read(join(base, 'quote'));
    } catch (error) {
      throw error instanceof AttesterError ? error : unavailableError(base, error);
    }
  };
  return {
    kind: 'sgx',
    async evidence(reportData) {
      checkReportData(reportData);
      const bytes = await takeTurn(() => makeQuote(reportData));
      let found: string;
      try {
        found = parseQuote(bytes).body.reportData;
      } catch (cause) {
        if (!(cause instanceof Refusal)) throw cause;
        throw new AttesterError('failed', `Gramine gave what is no quote: ${cause.message}`, { cause });
      }
      if (found !== Buffer.from(reportData).toString('hex'))
        throw new AttesterError(
          'interference',
          'The quote is about other data than those that were asked for.',
        );
      return { evidence: { kind: 'dcap', quote: bytes } };
    },
  };
}

/**
 * The sealing key of SGX: 16 bytes that the processor derives for this program ("_sgx_mrenclave") or for this signer
 * ("_sgx_mrsigner"). The caller wipes them.
 *
 * @throws {AttesterError}
 */
export async function gramineSealingKey(
  name: '_sgx_mrenclave' | '_sgx_mrsigner',
  { base = BASE, files = nodeFiles }: GramineOptions = {},
): Promise<Uint8Array> {
  let key: Uint8Array;
  try {
    key = await files.read(join(base, 'keys', name));
  } catch (error) {
    throw unavailableError(base, error);
  }
  if (key.length !== SEALING_KEY_BYTES || key.every((byte) => byte === 0))
    throw new AttesterError(
      'failed',
      `Gramine's sealing key ${name} is not one: ${key.length} bytes, or all zero.`,
    );
  return key;
}

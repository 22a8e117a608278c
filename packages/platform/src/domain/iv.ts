/**
 * No two contents under one key and IV. AES-GCM breaks when that happens, and a Teaclave registration fixes key and
 * IV. So each pair has a record: which input was registered with it, or which output holds it, and once that output
 * is encrypted the SHA-256 of its content.
 */
import { createHash } from 'node:crypto';
import { refuse } from '../errors.ts';
import type { FileCrypto } from './records.ts';

export interface IvRecord {
  /** The data that has the pair: an input's id, or the output that may encrypt with it. */
  readonly holder: string;
  /** Hex; set when the output's encryption began. */
  readonly content?: string;
}

/** The pair's name in the store; undefined for schemes that draw fresh keys. */
export function ivName({ schema, key, iv }: FileCrypto): string | undefined {
  if (schema !== 'aes-gcm-128' && schema !== 'aes-gcm-256') return undefined;
  return createHash('sha256').update(`gaiwan-iv/1|${schema}|`).update(key).update(iv).digest('hex');
}

const advice = 'Register an output with a fresh random IV.';

/** May this output be registered with, or assigned to a task under, its pair? */
export function checkIvFree(record: IvRecord | undefined, outputId: string): void {
  if (record && (record.holder !== outputId || record.content !== undefined)) {
    throw refuse(
      'iv-reuse',
      `The key and IV of this output have been used already (${record.holder}): encrypting under them again would reveal both contents. ${advice}`,
    );
  }
}

/**
 * May anything be encrypted under the key and IV of an output of this epoch? What was written in the past that a recovery gave up is not
 * known, so its pairs are not free.
 */
export function checkEpochOfOutput(outputId: string, registered: number | undefined, epoch: number): void {
  if (registered === epoch) return;
  throw refuse(
    'iv-older-epoch',
    `${outputId} was registered in epoch ${registered ?? 'unknown'}, and this is epoch ${epoch}: whether something was encrypted under its key and IV before the recovery, nobody knows. ${advice}`,
  );
}

/** Before encryption: the record that allows it. The same content again (a retry) is the same ciphertext. */
export function decideIntent(
  record: IvRecord | undefined,
  outputId: string,
  contentSha256: string,
): IvRecord {
  const mine = record === undefined || record.holder === outputId;
  if (!mine || (record?.content !== undefined && record.content !== contentSha256)) {
    throw refuse(
      'iv-reuse',
      `Another content was already encrypted under the key and IV of ${outputId}. ${advice}`,
    );
  }
  return { holder: outputId, content: contentSha256 };
}

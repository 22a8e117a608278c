/** The files of a task, as its manifest names them, with the secrets that its lease brings. */
import { checkFileKey, type FileKey, FilesError } from '@gaiwan/files';
import {
  fileCommitmentBytes,
  type ManifestFile,
  type ManifestInput,
  type ManifestOutput,
  SALT_BYTES,
  type worker as wire,
} from '@gaiwan/protocol';
import { sha256Hex } from '../../domain/sha256.ts';
import { LeaseRefused } from './lease-refused.ts';

/** All but the capability is what the manifest says, or commits to. */
export interface ApprovedFile {
  readonly slot: string;
  readonly id: string;
  /** Where the ciphertext is, or goes to. */
  readonly url: string;
  /** For a blob of the platform. */
  readonly capability: string;
}

export interface ApprovedInput extends ApprovedFile {
  readonly owners: readonly string[];
  /**
   * Teaclave checks a file of teaclave-file-128 when the function opens it, and its functions may take a bad one for one that is not
   * there (functions contract 5.2). So it is here for such functions alone, in slots that they declare optional.
   */
  readonly mayBeLeftOut: boolean;
  /** Undefined for a `raw` file, which nobody can check. */
  readonly encrypted: { readonly key: FileKey; readonly tag: Uint8Array } | undefined;
}

export interface ApprovedOutput extends ApprovedFile {
  readonly key: FileKey;
}

/** `lateSlots`: see `lateSlotsOf`. Throws `LeaseRefused`. */
export const approvedInputs = (
  inputs: readonly ManifestInput[],
  secrets: readonly wire.FileSecret[],
  lateSlots: ReadonlySet<string>,
): ApprovedInput[] =>
  matchSecrets('input', inputs, secrets).map(([file, secret]) => {
    const { slot, id, owners, schema, tag } = file;
    const { url, capability } = secret;
    if (schema === 'raw') {
      requireNoKey(slot, secret);
      requireCommitment(file, secret);
      return { slot, id, owners, url, capability, encrypted: undefined, mayBeLeftOut: false };
    }
    const key = keyFor(slot, schema, secret);
    requireCommitment(file, secret);
    const mayBeLeftOut = schema === 'teaclave-file-128' && lateSlots.has(slot);
    return {
      slot,
      id,
      owners,
      url,
      capability,
      encrypted: { key, tag: Buffer.from(tag, 'hex') },
      mayBeLeftOut,
    };
  });

/** Throws `LeaseRefused`. */
export const approvedOutputs = (
  outputs: readonly ManifestOutput[],
  secrets: readonly wire.FileSecret[],
): ApprovedOutput[] =>
  matchSecrets('output', outputs, secrets).map(([file, secret]) => {
    const { slot, id, schema } = file;
    const key = keyFor(slot, schema, secret);
    requireCommitment(file, secret);
    return { slot, id, url: secret.url, capability: secret.capability, key };
  });

const named = (slot: string) => JSON.stringify(slot.slice(0, 60));

/** Each slot with its secret: there is exactly one, and no other. */
function matchSecrets<File extends ManifestFile>(
  kind: 'input' | 'output',
  files: readonly File[],
  secrets: readonly wire.FileSecret[],
): [File, wire.FileSecret][] {
  const left = new Map<string, wire.FileSecret>();
  for (const secret of secrets) {
    if (left.has(secret.slot))
      throw new LeaseRefused('stray-secret', `The ${kind} ${named(secret.slot)} has two keys.`);
    left.set(secret.slot, secret);
  }
  const pairs = files.map((file): [File, wire.FileSecret] => {
    const secret = left.get(file.slot);
    if (!secret) throw new LeaseRefused('missing-secret', `The ${kind} ${named(file.slot)} has no key.`);
    left.delete(file.slot);
    return [file, secret];
  });
  const [stray] = left.keys();
  if (stray !== undefined)
    throw new LeaseRefused(
      'stray-secret',
      `There is a key for ${named(stray)}, which is no ${kind} of the task.`,
    );
  return pairs;
}

function keyFor(slot: string, scheme: FileKey['scheme'], { key, iv, salt }: wire.FileSecret): FileKey {
  const file = { scheme, key, ...(iv.length > 0 && { iv }) };
  try {
    checkFileKey(file);
  } catch (cause) {
    if (!(cause instanceof FilesError)) throw cause;
    throw new LeaseRefused('wrong-key', `The key of ${named(slot)} is none for ${scheme}.`, { cause });
  }
  if (salt.length > 0)
    throw new LeaseRefused('wrong-key', `The key of ${named(slot)} has a salt, which ${scheme} has not.`);
  return file;
}

function requireNoKey(slot: string, { key, iv, salt }: wire.FileSecret): void {
  if (key.length === 0 && iv.length === 0 && salt.length === SALT_BYTES) return;
  throw new LeaseRefused('wrong-key', `${named(slot)} is not encrypted: it has a salt and no key.`);
}

function requireCommitment({ slot, schema, commitment }: ManifestFile, secret: wire.FileSecret): void {
  const { key, iv, salt, url } = secret;
  const bytes = fileCommitmentBytes({ schema, key, iv, salt, url });
  const actual = sha256Hex(bytes);
  bytes.fill(0);
  if (actual !== commitment)
    throw new LeaseRefused(
      'wrong-commitment',
      `The key, IV or URL of ${named(slot)} is not the one that the manifest commits to.`,
    );
}

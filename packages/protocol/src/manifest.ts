/**
 * The task manifest: the exact bytes that participants approve, and all that a worker needs to be told beside secrets.
 *
 * Its form is JSON in the canonical form of RFC 8785 (JCS), limited to strings, safe integers, booleans, arrays
 * and objects. The approved digest is the SHA-256 of the UTF-8 bytes. docs/manifest.md says what each member binds.
 */
import { ArgumentsTextError } from './arguments/error.ts';
import { argumentsText, readArguments } from './arguments/text.ts';
import { canonicalBytes, parseCanonical } from './canonical-bytes.ts';
import { type FileSchema, fileSchemas } from './file-secret.ts';
import { flag, hex, list, members, oneOf, type Read, text, whole } from './form.ts';
import { limits } from './limits.ts';
import { ManifestError } from './manifest-error.ts';
import { type ManifestParticipant, readLimits, readParticipant } from './manifest-parts.ts';
import { type Subject, subject } from './subject.ts';
import type { TaskLimits } from './task-limits.ts';
import { type LogReader, logReaders, type SandboxUse, sandboxUses } from './task-options.ts';

const FORMAT = 'gaiwan-task-manifest/7';
const TAG_BYTES = 16;

/** A file in a slot. */
interface SlotFile<Schema extends FileSchema> {
  readonly slot: string;
  readonly id: string;
  readonly owners: readonly Subject[];
  readonly schema: Schema;
  /** SHA-256 (hex) over key, IV and URL: see `fileCommitmentBytes`. */
  readonly commitment: string;
}

type Encrypted = Exclude<FileSchema, 'raw'>;

/** Outputs get their tag when they are written. */
export interface ManifestOutput extends SlotFile<Encrypted> {
  readonly tag?: undefined;
}

/** `tag` (32 hex digits) fixes the content; `raw`, which is not encrypted, has none. */
export type ManifestInput =
  | (SlotFile<Encrypted> & { readonly tag: string })
  | (SlotFile<'raw'> & { readonly tag?: undefined });

export type ManifestFile = ManifestInput | ManifestOutput;

export interface ManifestFunction {
  readonly id: string;
  /** SHA-256 (hex) of the definition: see `functionDefinitionBytes`. */
  readonly version: string;
  readonly name: string;
  readonly executorType: string;
  readonly owner: Subject;
}

/** What a participant of a task agrees to. Lists of subjects are sorted, as are slots by their names. */
export interface TaskManifest {
  readonly format: typeof FORMAT;
  /** Of the platform's state: begins with 1; a recovery, which may have given up a past, raises it. */
  readonly epoch: number;
  readonly task: string;
  readonly creator: Subject;
  readonly function: ManifestFunction;
  readonly executor: string;
  /** The arguments object as canonical JSON text: what the function gets, byte for byte. */
  readonly arguments: string;
  readonly inputs: readonly ManifestInput[];
  readonly outputs: readonly ManifestOutput[];
  /** Sorted by subject. */
  readonly participants: readonly ManifestParticipant[];
  readonly limits: TaskLimits;
  /** Who may read the function's log, sorted. */
  readonly logs: readonly LogReader[];
  /** Is it run twice, on different workers, and the results compared? */
  readonly repeat: boolean;
  /** Which sandboxes it may be run in; of a function that is built in: none. */
  readonly sandboxes: SandboxUse;
  /** SHA-256 (hex) of the standing agreement by which all participants approve it; '' where they approve it itself. */
  readonly agreement: string;
}

const name = text(limits.name.value);
const encrypted = fileSchemas.filter((schema) => schema !== 'raw');
const file = { slot: name, id: name, owners: list(subject, limits.entries.value), commitment: hex(32) };
const readOutput = members<Omit<ManifestOutput, 'tag'>>({ ...file, schema: oneOf(encrypted) });
const readRawInput = members<SlotFile<'raw'>>({ ...file, schema: oneOf(['raw']) });
const readEncryptedInput = members<SlotFile<Encrypted> & { readonly tag: string }>({
  ...file,
  schema: oneOf(encrypted),
  tag: hex(TAG_BYTES),
});

const readInput: Read<ManifestInput> = (value, path) =>
  typeof value === 'object' && value !== null && 'schema' in value && value.schema === 'raw'
    ? readRawInput(value, path)
    : readEncryptedInput(value, path);

const readDigest = hex(32);
const digestOrNone: Read<string> = (value, path) => (value === '' ? '' : readDigest(value, path));

const readMembers = members<TaskManifest>({
  format: oneOf([FORMAT]),
  epoch: whole(1, Number.MAX_SAFE_INTEGER),
  task: name,
  creator: subject,
  function: members<ManifestFunction>({
    id: name,
    version: hex(32),
    name,
    executorType: name,
    owner: subject,
  }),
  executor: name,
  arguments: text(limits.manifest.value),
  inputs: list(readInput, limits.entries.value),
  outputs: list(readOutput, limits.entries.value),
  participants: list(readParticipant, limits.participants.value),
  limits: readLimits,
  logs: list(oneOf(logReaders), logReaders.length),
  repeat: flag,
  sandboxes: oneOf(sandboxUses),
  agreement: digestOrNone,
});

const readManifest: Read<TaskManifest> = (value, path) => {
  const manifest = readMembers(value, path);
  requireCoherence(manifest);
  requireCanonical(manifest.arguments);
  return manifest;
};

const bad = (why: string) => new ManifestError('incoherent', why);

function requireCoherence({ creator, inputs, outputs, participants, logs }: TaskManifest): void {
  const subjects = participants.map((participant) => participant.subject);
  requireSorted('participants', subjects);
  requireSorted('logs', logs);
  const present = new Set(subjects);
  if (!present.has(creator)) throw bad('Its creator is not among the participants.');
  for (const [kind, files] of [
    ['inputs', inputs],
    ['outputs', outputs],
  ] as const) {
    requireSorted(
      `slots of ${kind}`,
      files.map(({ slot }) => slot),
    );
    for (const { slot, owners } of files) {
      requireSorted(`owners of ${JSON.stringify(slot)}`, owners);
      if (owners.length === 0) throw bad(`The slot ${JSON.stringify(slot)} has no owner.`);
      if (!owners.every((owner) => present.has(owner)))
        throw bad(`An owner of the slot ${JSON.stringify(slot)} is not among the participants.`);
    }
  }
}

/** Other text, e.g. with a member given twice, could be one thing to the function and another to who approves. */
function requireCanonical(args: string): void {
  let canonical: string;
  try {
    canonical = argumentsText(readArguments(args));
  } catch (cause) {
    if (!(cause instanceof ArgumentsTextError)) throw cause;
    throw new ManifestError('not-canonical', `Its arguments are none: ${cause.message}.`, { cause });
  }
  if (canonical !== args)
    throw new ManifestError('not-canonical', 'Its arguments are not in canonical form.');
}

/** Ascending by UTF-16 code units, and so without repetition. */
function requireSorted(what: string, names: readonly string[]): void {
  const wrong = names.some((one, index) => index > 0 && one <= (names[index - 1] ?? ''));
  if (wrong) throw bad(`Its ${what} are not sorted, or one of them is there twice.`);
}

/**
 * The canonical bytes of a manifest.
 *
 * @throws ManifestError for what `parseManifest` would refuse
 */
export const manifestBytes = (manifest: TaskManifest): Uint8Array<ArrayBuffer> =>
  canonicalBytes(manifest, readManifest);

/**
 * Reads a manifest and believes nothing: every member is checked, and the bytes must be the canonical form of what they
 * say. Whoever hashes these bytes and approves the digest approves what is returned, and nothing else.
 *
 * @throws ManifestError
 * @example
 * const manifest = parseManifest(bytes);
 * const digest = createHash('sha256').update(bytes).digest();
 */
export const parseManifest = (bytes: Uint8Array): TaskManifest => parseCanonical(bytes, FORMAT, readManifest);

/** Standing agreements: made of a task, approved once, and what stands against their use. */
import { messageOf } from '@gaiwan/errors';
import {
  type Agreement,
  agreementBytes,
  keyOfAuthority,
  nameOf,
  outsideAgreement,
  parseAgreement,
  readArguments,
  type Subject,
  sortSubjects,
} from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { taskManifest } from './manifest.ts';
import type { AgreementRecord, KeyedParticipant, Stateless, TaskRecord } from './records.ts';
import { sha256Hex } from './sha256.ts';
import { namesOf } from './subject.ts';

/** What a party proposes: tasks like this one. */
export interface ProposedAgreement {
  readonly id: string;
  readonly by: Subject;
  readonly epoch: number;
  readonly task: TaskRecord;
  readonly callers: readonly Subject[];
  /** The accounts of callers that have keys. */
  readonly keyed: readonly KeyedParticipant[];
  readonly anyArguments: readonly string[];
  readonly anyData: readonly string[];
  readonly uses: number;
  readonly from: number;
  readonly until: number;
}

const bad = (why: string) => refuse('bad-agreement', `The agreement cannot be proposed: ${why}.`);

/** Throws `PlatformError` (bad-agreement, nothing-to-approve). */
export function proposeAgreement(given: ProposedAgreement): AgreementRecord {
  const { id, by, task } = given;
  const agreement = agreementLike(given);
  const bytes = encode(agreement);
  return {
    id,
    proposer: by,
    functionName: task.function.name,
    bytes,
    digest: sha256Hex(bytes),
    participants: agreement.participants.map(({ subject }) => subject),
    approvals: [],
    uses: agreement.uses,
    used: 0,
    from: agreement.from,
    until: agreement.until,
  };
}

function agreementLike(given: ProposedAgreement): Agreement {
  const { id, epoch, task, callers, keyed, anyArguments, anyData, uses, from, until } = given;
  const manifest = taskManifest(task);
  const found = [...readArguments(manifest.arguments)];
  requireKnown(
    'argument',
    anyArguments,
    found.map(([name]) => name),
  );
  requireKnown(
    'input',
    anyData,
    manifest.inputs.map(({ slot }) => slot),
  );
  const more = callers.filter((caller) => !task.participants.includes(caller));
  const participants = [
    ...manifest.participants,
    ...more.map((subject) => {
      const key = keyed.find((one) => one.subject === subject)?.key;
      return { subject, authority: key === undefined ? ('password' as const) : (`key:${key}` as const) };
    }),
  ].sort((one, other) => (one.subject < other.subject ? -1 : 1));
  return {
    format: 'gaiwan-agreement/1',
    epoch,
    agreement: id,
    function: { id: manifest.function.id, version: manifest.function.version },
    executor: manifest.executor,
    arguments: found
      .map(([name, value]) => ({ name, values: anyArguments.includes(name) ? [] : [value] }))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
    inputs: manifest.inputs.map(({ slot, owners, id: data, commitment, tag = '' }) => ({
      slot,
      owners,
      data: anyData.includes(slot) ? [] : [{ id: data, commitment, tag }],
    })),
    outputs: manifest.outputs.map(({ slot, owners }) => ({ slot, owners })),
    participants,
    callers: sortSubjects(callers),
    limits: manifest.limits,
    logs: manifest.logs,
    repeat: manifest.repeat,
    sandboxes: manifest.sandboxes,
    uses,
    from,
    until,
  };
}

function requireKnown(what: string, named: readonly string[], known: readonly string[]): void {
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined) throw bad(`the task has no ${what} ${JSON.stringify(unknown.slice(0, 60))}`);
}

function encode(agreement: Agreement): Uint8Array {
  try {
    return agreementBytes(agreement);
  } catch (cause) {
    throw refuse('bad-agreement', `The agreement cannot be proposed. ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Empty inputs of a task for which the agreement names one data item, with its id. */
export const agreementInputs = (
  { bytes }: Pick<AgreementRecord, 'bytes'>,
  task: Pick<Stateless, 'inputs'>,
): { readonly slot: string; readonly id: string }[] =>
  parseAgreement(bytes).inputs.flatMap(({ slot, data: [only, ...others] }) => {
    const isEmpty = task.inputs.some(({ name, data }) => name === slot && data === undefined);
    return only && others.length === 0 && isEmpty ? [{ slot, id: only.id }] : [];
  });

/** Whose approvals are missing. */
export const missingOf = ({ participants, approvals }: AgreementRecord): Subject[] =>
  participants.filter((subject) => !approvals.some(({ participant }) => participant === subject));

/** Why no task is invoked by it, now or ever; undefined where it stands. */
export function agreementObjection(record: AgreementRecord, now: number): string | undefined {
  const { id, revoked, uses, used, from, until } = record;
  if (revoked) return `${nameOf(revoked.by)} has revoked ${id}`;
  const missing = missingOf(record);
  if (missing.length > 0) return `${namesOf(missing).join(', ')} has not approved ${id}`;
  if (now < from) return `${id} begins at ${new Date(from).toISOString()}`;
  if (now > until) return `${id} has ended at ${new Date(until).toISOString()}`;
  if (used >= uses) return `the ${uses} uses of ${id} are used up`;
  return undefined;
}

/** Why a task that was invoked by it is not run any more; its use is counted already. */
export const agreementEnd = (
  { id, revoked, until }: Pick<AgreementRecord, 'id' | 'revoked' | 'until'>,
  now: number,
): string | undefined => {
  if (revoked) return `${nameOf(revoked.by)} has revoked ${id}`;
  return now > until ? `${id} has ended` : undefined;
};

/** The approval of a participant, by its present key. Throws `PlatformError`. */
export function approveAgreement(
  record: AgreementRecord,
  given: {
    readonly by: Subject;
    readonly digest: Uint8Array;
    readonly signature?: AgreementRecord['approvals'][number]['signature'];
  },
): AgreementRecord {
  const { by, digest, signature } = given;
  if (Buffer.from(digest).toString('hex') !== record.digest)
    throw refuse('manifest-changed', 'The digest is not that of the agreement: look at it again.');
  if (record.revoked) throw refuse('agreement-void', `${record.id} was revoked.`);
  const authority = parseAgreement(record.bytes).participants.find(
    ({ subject }) => subject === by,
  )?.authority;
  const key = authority && keyOfAuthority(authority);
  const signing = signature && sha256Hex(signature.publicKey);
  if (authority === undefined || key !== signing)
    throw refuse(
      'agreement-keys-changed',
      'Your key is another one than the agreement names: have it proposed anew.',
    );
  const others = record.approvals.filter(({ participant }) => participant !== by);
  const approval = { participant: by, digest: record.digest, ...(signature && { signature }) };
  return { ...record, approvals: [...others, approval] };
}

/** The task as the agreement approves it. Throws `PlatformError` (outside-agreement). */
export function withAgreement(task: Stateless, record: AgreementRecord): Stateless {
  const { id, digest } = record;
  const named: Stateless = { ...task, agreement: { id, digest } };
  const outside = outsideAgreement(parseAgreement(record.bytes), digest, taskManifest(named));
  if (outside.length > 0)
    throw refuse('outside-agreement', `${task.id} is not within ${id}: ${outside.slice(0, 20).join('; ')}.`, {
      subjects: outside.slice(0, 20),
    });
  return named;
}

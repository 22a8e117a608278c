/**
 * The standing agreement: the exact bytes by which parties approve, once, every task of a kind. Its form is that of the manifest: canonical JSON
 * (RFC 8785) whose SHA-256 is approved. docs/agreements.md says what each member binds.
 */
import { readArguments } from './arguments/text.ts';
import { canonicalBytes, parseCanonical } from './canonical-bytes.ts';
import { flag, hex, list, members, oneOf, type Read, text, whole } from './form.ts';
import { limits } from './limits.ts';
import type { ManifestInput, ManifestOutput, TaskManifest } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { readLimits, readParticipant } from './manifest-parts.ts';
import { type Subject, subject } from './subject.ts';
import type { TaskLimits } from './task-limits.ts';
import { type LogReader, logReaders, type SandboxUse, sandboxUses } from './task-options.ts';

const FORMAT = 'gaiwan-agreement/1';

/** One argument of the tasks. */
export interface AgreedArgument {
  readonly name: string;
  /** Canonical texts of the values that it may have. None: any, or that it is not there. */
  readonly values: readonly string[];
}

/** Data that a slot may have: by its id, its place and key, and its content. */
export interface AgreedData {
  readonly id: string;
  /** As in the manifest. */
  readonly commitment: string;
  /** As in the manifest (hex); '' for what is not encrypted. */
  readonly tag: string;
}

export interface AgreedSlot {
  readonly slot: string;
  readonly owners: readonly Subject[];
}

export interface AgreedInput extends AgreedSlot {
  /** What may be in it. None: whatever its owners have put there. */
  readonly data: readonly AgreedData[];
}

/** What participants agree to. Lists are sorted, by names. */
export interface Agreement {
  readonly format: typeof FORMAT;
  /** A recovery, which may have forgotten a revocation, ends it. */
  readonly epoch: number;
  readonly agreement: string;
  readonly function: { readonly id: string; readonly version: string };
  readonly executor: string;
  readonly arguments: readonly AgreedArgument[];
  readonly inputs: readonly AgreedInput[];
  readonly outputs: readonly AgreedSlot[];
  /** Whoever takes part in any task by it. */
  readonly participants: TaskManifest['participants'];
  /** Who may create and invoke tasks by it. */
  readonly callers: readonly Subject[];
  /** At most. */
  readonly limits: TaskLimits;
  /** At most these. */
  readonly logs: readonly LogReader[];
  readonly repeat: boolean;
  /** `kept` allows fresh ones too. */
  readonly sandboxes: SandboxUse;
  /** How many tasks may be invoked. */
  readonly uses: number;
  /** ms since the epoch: no task is invoked before `from`, or after `until`. */
  readonly from: number;
  readonly until: number;
}

const name = text(limits.name.value);
const owners = list(subject, limits.entries.value);
const instant = whole(0, Number.MAX_SAFE_INTEGER);

const readMembers = members<Agreement>({
  format: oneOf([FORMAT]),
  epoch: whole(1, Number.MAX_SAFE_INTEGER),
  agreement: name,
  function: members<Agreement['function']>({ id: name, version: hex(32) }),
  executor: name,
  arguments: list(
    members<AgreedArgument>({
      name: text(limits.argumentsText.value),
      values: list(text(limits.argumentsText.value), limits.entries.value),
    }),
    limits.entries.value,
  ),
  inputs: list(
    members<AgreedInput>({
      slot: name,
      owners,
      data: list(members<AgreedData>({ id: name, commitment: hex(32), tag: text(32) }), limits.entries.value),
    }),
    limits.entries.value,
  ),
  outputs: list(members<AgreedSlot>({ slot: name, owners }), limits.entries.value),
  participants: list(readParticipant, limits.participants.value),
  callers: owners,
  limits: readLimits,
  logs: list(oneOf(logReaders), logReaders.length),
  repeat: flag,
  sandboxes: oneOf(sandboxUses),
  uses: whole(1, Number.MAX_SAFE_INTEGER),
  from: instant,
  until: instant,
});

const bad = (why: string) => new ManifestError('incoherent', why);

const readAgreement: Read<Agreement> = (value, path) => {
  const agreement = readMembers(value, path);
  requireSorted(
    'participants',
    agreement.participants.map((one) => one.subject),
  );
  requireSorted('callers', agreement.callers);
  requireSorted('logs', agreement.logs);
  requireSorted(
    'arguments',
    agreement.arguments.map((one) => one.name),
  );
  const present = new Set<string>(agreement.participants.map((one) => one.subject));
  if (agreement.callers.length === 0) throw bad('Nobody may call by it.');
  for (const [kind, slots] of [
    ['inputs', agreement.inputs],
    ['outputs', agreement.outputs],
  ] as const) {
    requireSorted(
      `slots of ${kind}`,
      slots.map(({ slot }) => slot),
    );
    for (const slot of slots) requireSorted(`owners of ${JSON.stringify(slot.slot)}`, slot.owners);
  }
  const involved = [
    ...agreement.callers,
    ...[...agreement.inputs, ...agreement.outputs].flatMap((slot) => slot.owners),
  ];
  if (!involved.every((one) => present.has(one)))
    throw bad('An owner or caller is not among the participants.');
  if (agreement.until <= agreement.from) throw bad('It ends before it begins.');
  return agreement;
};

function requireSorted(what: string, names: readonly string[]): void {
  const wrong = names.some((one, index) => index > 0 && one <= (names[index - 1] ?? ''));
  if (wrong) throw bad(`Its ${what} are not sorted, or one of them is there twice.`);
}

/** The canonical bytes. Throws `ManifestError` for what `parseAgreement` would refuse. */
export const agreementBytes = (agreement: Agreement): Uint8Array<ArrayBuffer> =>
  canonicalBytes(agreement, readAgreement);

/** Reads an agreement and believes nothing, as `parseManifest` does. Throws `ManifestError`. */
export const parseAgreement = (bytes: Uint8Array): Agreement => parseCanonical(bytes, FORMAT, readAgreement);

/**
 * What of a task the agreement does not cover, as sentences without an end; none: the task is within it. How often and when it is used is not
 * the manifest's to say.
 *
 * @param digest SHA-256 (hex) of the agreement's bytes: what the manifest must name.
 */
export function outsideAgreement(agreement: Agreement, digest: string, manifest: TaskManifest): string[] {
  const differs = (what: string, fits: boolean) => (fits ? [] : [what]);
  return [
    ...differs('it names another agreement', manifest.agreement === digest),
    ...differs('it is of another epoch', manifest.epoch === agreement.epoch),
    ...differs('its creator is no caller', agreement.callers.includes(manifest.creator)),
    ...differs('the function is another one', manifest.function.id === agreement.function.id),
    ...differs('the function has another version', manifest.function.version === agreement.function.version),
    ...differs('the executor is another one', manifest.executor === agreement.executor),
    ...differs('it is not run twice', manifest.repeat || !agreement.repeat),
    ...differs('sandboxes are reused', manifest.sandboxes === 'fresh' || agreement.sandboxes === 'kept'),
    ...differs(
      'others read the log',
      manifest.logs.every((reader) => agreement.logs.includes(reader)),
    ),
    ...argumentsOutside(agreement.arguments, manifest.arguments),
    ...limitsOutside(agreement.limits, manifest.limits),
    ...slotsOutside('input', agreement.inputs, manifest.inputs),
    ...slotsOutside('output', agreement.outputs, manifest.outputs),
    ...dataOutside(agreement.inputs, manifest.inputs),
    ...participantsOutside(agreement, manifest),
  ];
}

function argumentsOutside(agreed: readonly AgreedArgument[], given: string): string[] {
  const found = readArguments(given);
  const byName = new Map(agreed.map((one) => [one.name, one.values]));
  const unknown = [...found.keys()].filter((each) => !byName.has(each));
  const others = agreed.filter(({ name: each, values }) => {
    if (values.length === 0) return false;
    const value = found.get(each);
    return value === undefined || !values.includes(value);
  });
  return [
    ...unknown.map((each) => `the argument ${JSON.stringify(each)} is not agreed on`),
    ...others.map((one) => `the argument ${JSON.stringify(one.name)} has another value`),
  ];
}

function limitsOutside(agreed: TaskLimits, given: TaskLimits): string[] {
  const most = new Map<string, number>(Object.entries(agreed));
  return Object.entries(given).flatMap(([limit, value]) =>
    value <= (most.get(limit) ?? 0) ? [] : [`the limit ${limit} is higher`],
  );
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index]);

function slotsOutside(
  kind: string,
  agreed: readonly AgreedSlot[],
  given: readonly (ManifestInput | ManifestOutput)[],
): string[] {
  if (
    !isSame(
      agreed.map(({ slot }) => slot),
      given.map(({ slot }) => slot),
    )
  )
    return [`it has other ${kind}s`];
  return given.flatMap(({ slot, owners: has }, index) =>
    isSame(has, agreed[index]?.owners ?? []) ? [] : [`the ${kind} ${JSON.stringify(slot)} has other owners`],
  );
}

function dataOutside(agreed: readonly AgreedInput[], given: readonly ManifestInput[]): string[] {
  const bySlot = new Map(agreed.map(({ slot, data }) => [slot, data]));
  return given.flatMap(({ slot, id, commitment, tag = '' }) => {
    const data = bySlot.get(slot) ?? [];
    const fits =
      data.length === 0 ||
      data.some((one) => one.id === id && one.commitment === commitment && one.tag === tag);
    return fits ? [] : [`the input ${JSON.stringify(slot)} has other data`];
  });
}

function participantsOutside({ participants: agreed }: Agreement, { participants }: TaskManifest): string[] {
  const authorities = new Map<string, string>(agreed.map((one) => [one.subject, one.authority]));
  return participants.flatMap(({ subject: who, authority }) => {
    const known = authorities.get(who);
    if (known === undefined) return [`${JSON.stringify(who)} is no party to it`];
    return known === authority ? [] : [`${JSON.stringify(who)} has another key than it had`];
  });
}

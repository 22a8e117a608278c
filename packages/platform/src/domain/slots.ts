/** The slots of a task: who owns which, and what is in them. */
import { type FunctionSlot, nameOf, type Subject, sortSubjects } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { fileCommitment, sameOwners } from './data.ts';
import type { DataRecord, TaskRecord, TaskSlot } from './records.ts';
import { namesOf } from './subject.ts';

export interface SlotOwners {
  readonly name: string;
  readonly owners: readonly Subject[];
}

export interface Assignment {
  readonly slot: string;
  readonly data: DataRecord;
}

type Slots = Pick<TaskRecord, 'inputs' | 'outputs'>;

/** Names of slots without data, inputs first. */
export const emptySlots = ({ inputs, outputs }: Slots): string[] =>
  [...inputs, ...outputs].filter(({ data }) => data === undefined).map(({ name }) => name);

/** Has every slot its data? */
export const hasAllData = (task: Slots): boolean => emptySlots(task).length === 0;

/** Slot by slot what the function declares, with owners. */
export function declareSlots(
  what: string,
  declared: readonly FunctionSlot[],
  given: readonly SlotOwners[],
): TaskSlot[] {
  const names = given.map(({ name }) => name);
  const known = new Set(declared.map(({ name }) => name));
  const missing = declared
    .filter(({ name, optional }) => !optional && !names.includes(name))
    .map(({ name }) => name);
  const wrong = names.filter((name, index) => !known.has(name) || names.indexOf(name) !== index);
  if (missing.length > 0 || wrong.length > 0 || names.length > limits.listEntries.value) {
    const parts = [
      ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
      ...(wrong.length > 0 ? [`unknown or twice: ${wrong.join(', ').slice(0, 200)}`] : []),
    ];
    throw refuse(
      'slots-mismatch',
      `The ${what}s are not those that the function declares (${parts.join('; ')}).`,
      {
        subjects: [...missing, ...wrong].slice(0, 50),
      },
    );
  }
  return given
    .map(({ name, owners }) => {
      if (owners.length === 0) throw refuse('slot-without-owner', `Say who owns the ${what} "${name}".`);
      return { name, owners: sortSubjects(owners) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Puts data into slots, one assignment after the other. `replace`: also into slots that have some.
 *
 * @throws PlatformError for a slot that the task does not have, data that is not the user's or not the slot's, and outputs that a task
 * has written.
 */
export function fillSlots(
  slots: readonly TaskSlot[],
  user: Subject,
  assignments: readonly Assignment[],
  { replace = false }: { readonly replace?: boolean } = {},
): TaskSlot[] {
  const filled = [...slots];
  for (const { slot: name, data } of assignments) {
    const index = filled.findIndex((slot) => slot.name === name);
    const slot = filled[index];
    if (!slot) throw refuse('unknown-slot', `The task has no slot "${name.slice(0, 60)}".`);
    checkOwners(slot, user, data);
    if (slot.data && !replace)
      throw refuse('slot-taken', `The slot "${name}" has data already: replace it instead.`);
    if (data.id.startsWith('output-') && data.tag) {
      throw refuse('output-written', `${data.id} was written by a task already: register another output.`);
    }
    filled[index] = { name, owners: slot.owners, data: slotData(data) };
  }
  return filled;
}

function checkOwners({ name, owners }: TaskSlot, user: Subject, data: DataRecord): void {
  if (!data.owners.includes(user))
    throw refuse('not-the-owner', `${data.id} does not belong to ${nameOf(user)}.`);
  if (sameOwners(data.owners, owners)) return;
  throw refuse(
    'owners-mismatch',
    `The slot "${name}" wants data of ${namesOf(owners).join(', ')}; ${data.id} belongs to ${namesOf(data.owners).join(', ')}.`,
  );
}

/** What a task keeps of data in a slot. Of `raw` inputs the tag says nothing: nobody checks it. */
function slotData(data: DataRecord): NonNullable<TaskSlot['data']> {
  const { id, tag, crypto } = data;
  const fixed = id.startsWith('input-') && crypto.schema !== 'raw' && tag;
  return {
    id,
    schema: crypto.schema,
    commitment: fileCommitment(data),
    ...(fixed && { tag: Buffer.from(fixed).toString('hex') }),
  };
}

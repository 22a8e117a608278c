/** What lists show of a function, and the marks by which it is on them. */
import type { FunctionDefinition } from '@gaiwan/protocol';
import type { Key } from '@gaiwan/store';
import { type AllowedTo, type FunctionRecord, type FunctionRow, keys } from './records.ts';
import { termsOf } from './terms.ts';

/** What lists show of it. */
export const functionRowOf = (
  { owner, version, public: open, disabledBy, since }: FunctionRecord,
  { name, description, executorType }: Pick<FunctionDefinition, 'name' | 'description' | 'executorType'>,
): FunctionRow => ({
  owner,
  name,
  description,
  version,
  public: open,
  executorType,
  disabled: disabledBy !== undefined,
  ...(since !== undefined && { since }),
});

/** Of one that is not disabled. */
export const functionMarks = (record: FunctionRecord, row: FunctionRow): Key[] => [
  keys.userFunction(record.owner, 'registered', record.id),
  ...allowedMarks(record, row),
  ...termsOf(row).flatMap((term) => [
    keys.functionTerm({ of: record.owner }, term, record.id),
    ...(record.public ? [keys.functionTerm('public', term, record.id)] : []),
  ]),
];

function allowedMarks({ id, public: open, groups, people }: FunctionRecord, { name }: FunctionRow): Key[] {
  const to: AllowedTo[] = [...groups.map((group) => ({ group })), ...people.map((user) => ({ user }))];
  return [
    ...(open ? [keys.publicFunction(id)] : []),
    ...groups.map((group) => keys.groupFunction(group, id)),
    ...people.map((person) => keys.userFunction(person, 'allowed', id)),
    // By the name alone: an allow-list is long, and all words of all functions would be more than a commit may have.
    ...(name === '' ? [] : to.map((one) => keys.allowedName(one, name, id))),
  ];
}

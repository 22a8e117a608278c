/** What lists show of a function, and the marks by which it is on them. */
import type { FunctionDefinition } from '@gaiwan/protocol';
import type { Key } from '@gaiwan/store';
import { type FunctionRecord, type FunctionRow, keys } from './records.ts';
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
  ...allowedMarks(record),
  ...termsOf(row).flatMap((term) => [
    keys.functionTerm({ of: record.owner }, term, record.id),
    ...(record.public ? [keys.functionTerm('public', term, record.id)] : []),
  ]),
];

const allowedMarks = ({ id, public: open, groups, people }: FunctionRecord): Key[] => [
  ...(open ? [keys.publicFunction(id)] : []),
  ...groups.map((group) => keys.groupFunction(group, id)),
  ...people.map((person) => keys.userFunction(person, 'allowed', id)),
];

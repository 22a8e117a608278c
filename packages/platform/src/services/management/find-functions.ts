/** Functions by what they are called and what they are for: what a caller may use, each once. */
import { gaiwan, nameOf } from '@gaiwan/protocol';
import type { Key, Store } from '@gaiwan/store';
import {
  type AllowedTo,
  beginsWith,
  type FunctionRow,
  type FunctionsAmong,
  fold,
  keys,
  termsOf,
  wordsOf,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Caller } from '../../ports.ts';
import { checkFilter, type FilteredPage, filteredPage, type Part } from '../../state/filtered-page.ts';
import type { PageRequest } from './pages.ts';

export interface FindFunctionsRequest extends PageRequest {
  readonly list: gaiwan.FunctionList;
  readonly name: string;
  readonly namePrefix: string;
  readonly words: string;
  readonly owner: string;
}

type Row = FunctionRow & { readonly id: string };

/** What is asked for, as it is compared. */
interface Wanted {
  readonly wants: (row: Row) => boolean;
  /** The beginning of one of the words that a function must have; absent where any will do. */
  readonly start?: string;
  /** The whole name, folded; absent where any will do. */
  readonly name?: string;
  /** The beginning of the name, folded; '' where any will do. */
  readonly nameStart: string;
}

/** Rejects with `PlatformError`: bad-page-token, bad-filter, unknown-list. */
export function findFunctions(
  store: Store,
  caller: Caller,
  request: FindFunctionsRequest,
): Promise<FilteredPage<FunctionRow>> {
  return filteredPage(store, partsOf(store, caller, request), keys.functionRow, request);
}

function partsOf(store: Store, caller: Caller, request: FindFunctionsRequest): Part<FunctionRow>[] {
  const wanted = wantedOf(request);
  const { list } = request;
  const isAdministrator = caller.role.name === 'PlatformAdmin';
  switch (list) {
    case gaiwan.FunctionList.REGISTERED:
      return [own(caller, wanted)];
    case gaiwan.FunctionList.PUBLIC:
      return [everybodys(wanted)];
    case gaiwan.FunctionList.ALLOWED:
      return isAdministrator ? [all(wanted)] : allowed(store, caller, wanted);
    case gaiwan.FunctionList.UNSPECIFIED:
      return isAdministrator ? [all(wanted)] : usable(store, caller, wanted);
    default:
      throw refuse('unknown-list', 'Say which list: registered, allowed or public, or none for all of them.');
  }
}

/** Each where it stands first. */
function usable(store: Store, caller: Caller, wanted: Wanted): Part<FunctionRow>[] {
  const { wants } = wanted;
  const isMine = ({ owner }: Row) => owner === caller.subject;
  return [
    everybodys(wanted),
    own(caller, { ...wanted, wants: (row) => !row.public && wants(row) }),
    ...allowed(store, caller, { ...wanted, wants: (row) => !row.public && !isMine(row) && wants(row) }),
  ];
}

const all = ({ wants }: Wanted): Part<FunctionRow> => ({ marks: keys.everyFunctions(), wants });

const everybodys = (wanted: Wanted): Part<FunctionRow> => byWord('public', keys.publicFunctions(), wanted);

const own = ({ subject }: Caller, wanted: Wanted): Part<FunctionRow> =>
  byWord({ of: subject }, keys.userFunctions(subject, 'registered'), wanted);

/** By the marks of a word, where one is asked for. */
function byWord(among: FunctionsAmong, marks: Key, { wants, start, name }: Wanted): Part<FunctionRow> {
  if (name !== undefined) return { marks: keys.functionsOfTerm(among, name), wants };
  if (start === undefined) return { marks, wants };
  return {
    marks: keys.functionTerms(among, start),
    wantsMark: (mark) => beginsWith(mark.at(-2) ?? '', start),
    // More than one of its words may begin so: it is found by the first.
    wants: (row, mark) => termsOf(row).find((term) => beginsWith(term, start)) === mark.at(-2) && wants(row),
  };
}

/** What names the caller, then what names its group. */
function allowed(
  store: Store,
  { subject, role: { attribute: group } }: Caller,
  wanted: Wanted,
): Part<FunctionRow>[] {
  const byName = allowedPart({ user: subject }, keys.userFunctions(subject, 'allowed'), wanted);
  const elsewhere = async (ids: readonly string[]) => {
    const named = await store.getMany(ids.map((id) => keys.userFunction(subject, 'allowed', id)));
    return new Set(ids.filter((_, index) => named[index] !== undefined));
  };
  return group === ''
    ? [byName]
    : [byName, { ...allowedPart({ group }, keys.groupFunctions(group), wanted), elsewhere }];
}

/** By the marks of a name, where one is asked for. */
function allowedPart(to: AllowedTo, marks: Key, { wants, name, nameStart }: Wanted): Part<FunctionRow> {
  if (name !== undefined) return { marks: keys.allowedOfName(to, name), wants };
  if (nameStart === '') return { marks, wants };
  return {
    marks: keys.allowedNames(to, nameStart),
    wantsMark: (mark) => beginsWith(mark.at(-2) ?? '', nameStart),
    wants,
  };
}

function wantedOf({ name, namePrefix, words, owner }: FindFunctionsRequest): Wanted {
  const [whole, start] = [
    checkFilter('The name', name),
    fold(checkFilter('The beginning of a name', namePrefix)),
  ];
  const wanted = wordsOf(checkFilter('What is searched for', words));
  if (words.trim() !== '' && wanted.length === 0)
    throw refuse('bad-filter', 'Search for words: letters and digits.');
  const wants = (row: Row) =>
    (whole === '' || row.name === whole) &&
    fold(row.name).startsWith(start) &&
    (owner === '' || nameOf(row.owner) === owner) &&
    wanted.every((word) => termsOf(row).some((term) => term.startsWith(word)));
  // The longest has the fewest.
  const [first] = [start, ...wanted].sort((one, other) => other.length - one.length);
  if (whole !== '') return { wants, name: fold(whole), nameStart: start };
  return { wants, nameStart: start, ...(first !== undefined && first !== '' && { start: first }) };
}

/** Pages of functions. A page costs what is on it, whoever else has registered how many. */
import { gaiwan, type Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { keys } from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Caller } from '../../ports.ts';
import { type Page, type PageRequest, readIds } from './pages.ts';

interface ListRequest extends PageRequest {
  readonly list: gaiwan.FunctionList;
}

/** `subject`: whose list it is; absent where nobody has the name. Rejects as `readPage`. */
export async function pageOfFunctions(
  store: Store,
  caller: Caller,
  subject: Subject | undefined,
  request: ListRequest,
): Promise<Page<string>> {
  switch (request.list) {
    case gaiwan.FunctionList.REGISTERED:
      return subject
        ? readIds(store, keys.userFunctions(subject, 'registered'), request)
        : { rows: [], next: '' };
    case gaiwan.FunctionList.PUBLIC:
      return readIds(store, keys.publicFunctions(), request);
    case gaiwan.FunctionList.ALLOWED:
      return caller.role.name === 'PlatformAdmin'
        ? readIds(store, keys.everyFunctions(), request)
        : allowedPage(store, caller, request);
    default:
      throw refuse('unknown-list', 'Say which list: registered, allowed or public.');
  }
}

/** First what names the caller, then what names its group. The token says of which of them it is. */
async function allowedPage(
  store: Store,
  { subject, role: { attribute: group } }: Caller,
  { pageToken, pageSize }: PageRequest,
): Promise<Page<string>> {
  const [, part, cursor = ''] = /^(own|group):(.*)$/s.exec(pageToken === '' ? 'own:' : pageToken) ?? [];
  if (part === 'own') {
    const { rows, next } = await readIds(store, keys.userFunctions(subject, 'allowed'), {
      pageToken: cursor,
      pageSize,
    });
    if (next !== '') return { rows, next: `own:${next}` };
    return { rows, next: group === '' ? '' : 'group:' };
  }
  if (part === undefined || group === '')
    throw refuse('bad-page-token', 'The page token is none that an earlier page of this list gave.');
  const { rows, next } = await readIds(store, keys.groupFunctions(group), { pageToken: cursor, pageSize });
  const own = await store.getMany(rows.map((id) => keys.userFunction(subject, 'allowed', id)));
  return {
    rows: rows.filter((_, index) => own[index] === undefined),
    next: next === '' ? '' : `group:${next}`,
  };
}

/** Pages of a caller's inputs and outputs, by kind, name and content. */
import { gaiwan, type Subject } from '@gaiwan/protocol';
import type { Key, Store } from '@gaiwan/store';
import { type DataRecord, fold, keys, shownName } from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import { checkFilter, type FilteredPage, filteredPage } from '../../state/filtered-page.ts';
import { type PageRequest, readPage } from './pages.ts';

export interface DataListRequest extends PageRequest {
  readonly kind: gaiwan.DataKind;
  readonly namePrefix: string;
  readonly written?: boolean | undefined;
}

const prefixes: Readonly<Record<gaiwan.DataKind, string>> = {
  [gaiwan.DataKind.UNSPECIFIED]: '',
  [gaiwan.DataKind.INPUT]: 'input-',
  [gaiwan.DataKind.OUTPUT]: 'output-',
};

/** Rejects with `PlatformError`: bad-page-token, bad-filter. */
export async function pageOfData(
  store: Store,
  user: Subject,
  request: DataListRequest,
): Promise<FilteredPage<DataRecord>> {
  const { kind, written } = request;
  const start = fold(checkFilter('The beginning of a name', request.namePrefix));
  const prefix = prefixes[kind];
  // An open enumeration: a newer client may send what is none here.
  if (prefix === undefined) throw refuse('bad-filter', `There is no kind ${kind} of data.`);
  if (prefix === '' && start === '' && written === undefined)
    return readPage<DataRecord>(store, keys.userDatas(user), keys.data, request);
  const part = {
    marks: start === '' ? keys.userDatas(user) : keys.dataNames(user, start),
    wantsMark: (mark: Key) => mark.at(-1)?.startsWith(prefix) === true,
    wants: (data: DataRecord) =>
      (written === undefined || (data.tag !== undefined) === written) &&
      fold(shownName(data)).startsWith(start),
  };
  return filteredPage(store, [part], keys.data, request);
}

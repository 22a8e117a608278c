/** Which column of the table goes where in the model's inputs: by name as far as both have names. */
import { FunctionError } from '../refusal.ts';
import { matchColumns } from '../tables/match.ts';
import type { Plan } from './plan.ts';

export interface Naming {
  /** The argument: names of the columns that go into the model, in its order. */
  readonly features: readonly string[] | undefined;
  readonly extra_columns: 'refuse' | 'ignore';
}

export interface InputColumns {
  readonly by: 'name' | 'position' | 'name and position';
  /** By cell that goes into the model: its column; undefined: they are the columns. */
  readonly positions: readonly number[] | undefined;
  readonly reordered: boolean;
  readonly ignored: number;
}

/** Throws `FunctionError` for arguments that go by names where there are none. */
export function checkNaming({ features, extra_columns }: Naming, header: boolean): void {
  if (!header && (features || extra_columns === 'ignore')) {
    throw new FunctionError(
      'invalid-arguments',
      `The argument "${features ? 'features' : 'extra_columns'}" goes by names: it needs "header".`,
    );
  }
  if (features && (features.length === 0 || new Set(features).size !== features.length)) {
    throw new FunctionError(
      'invalid-arguments',
      'The argument "features" must have names, each of them once.',
    );
  }
}

/**
 * A model of several inputs has names for those of one column. Blocks of columns have none, unless `features` says them: they take
 * the columns that are left, in order.
 */
export function assignColumns(
  { inputs, width }: Plan,
  given: { readonly count: number; readonly names: readonly string[] | undefined },
  { features, extra_columns }: Naming,
): InputColumns {
  const ignore = extra_columns === 'ignore';
  if (features) {
    if (features.length !== width) {
      throw new FunctionError(
        'invalid-arguments',
        `The argument "features" has ${features.length} names, and ${width} columns go into the model.`,
      );
    }
    return matchColumns({ count: width, names: features }, given, ignore);
  }
  const singles = inputs.filter((input) => input.width === 1).map(({ port }) => port.name);
  if (inputs.length > 1 && singles.length === inputs.length)
    return matchColumns({ count: width, names: singles }, given, ignore);
  if (ignore) {
    throw new FunctionError(
      'invalid-arguments',
      'The argument "extra_columns" "ignore" goes by names, and the model does not name all of its columns: name them with the argument "features", in its order.',
    );
  }
  requireCount(width, given.count);
  if (inputs.length === 1 || singles.length === 0 || !given.names)
    return { by: 'position', positions: undefined, reordered: false, ignored: 0 };
  return mixColumns(inputs, given.names, singles);
}

function requireCount(width: number, count: number): void {
  if (count === width) return;
  throw new FunctionError(
    'invalid-model',
    `The data have ${count} columns, the model wants ${width}. With a header, the argument "features" names those that go into it, in its order.`,
  );
}

/** Columns of one-column inputs by name, the others in order. */
function mixColumns(
  inputs: Plan['inputs'],
  names: readonly string[],
  singles: readonly string[],
): InputColumns {
  const { positions = [] } = matchColumns(
    { count: singles.length, names: singles },
    { count: names.length, names },
    true,
  );
  const taken = new Map(singles.map((name, i) => [name, positions[i] ?? i]));
  const used = new Set(taken.values());
  const left = [...names.keys()].filter((column) => !used.has(column));
  const all = inputs.flatMap(({ port, width }) => {
    const own = width === 1 ? taken.get(port.name) : undefined;
    return own === undefined ? left.splice(0, width) : [own];
  });
  const inOrder = all.every((column, i) => column === i);
  return { by: 'name and position', positions: inOrder ? undefined : all, reordered: !inOrder, ignored: 0 };
}

/** What the outputs of each function are as tables: the CSV that it writes has fewer types than a Parquet file. */
import type { FunctionContext } from '../function.ts';

/** `as read`: as in the inputs. `decimal`: exact, with as many decimals as the column has. */
export type WrittenType = 'as read' | 'integer' | 'decimal' | 'double';

export interface WrittenTable {
  /** Whether the first line of the CSV names the columns. */
  readonly header: boolean;
  /** What they are called where it does not: `NAME`, or `NAME1`, `NAME2`, ... where there are several. */
  readonly name: string;
  readonly typeOf: (name: string, place: number) => WrittenType;
}

type Args = FunctionContext['args'];

const predictions: WrittenTable = { header: false, name: 'prediction', typeOf: () => 'double' };
const passedOn = ({ header }: Args): WrittenTable => ({
  header: header === true,
  name: '',
  typeOf: () => 'as read',
});

function joined({ key, numbers }: Args): WrittenTable {
  const keys = Array.isArray(key) ? key.length : 0;
  return {
    header: true,
    name: '',
    typeOf: (name, place) => {
      if (place < keys) return 'as read';
      if (/^(?:rows|count)\b/.test(name)) return 'integer';
      return name.startsWith('mean') || numbers === 'float' ? 'double' : 'decimal';
    },
  };
}

/** By function and output, without the number of the party; `args` are those that the function itself gets. */
export const writtenTables: Readonly<Record<string, Readonly<Record<string, (args: Args) => WrittenTable>>>> =
  {
    'builtin-gbdt-predict': { result_file: () => predictions },
    'builtin-linear-regression-predict': { result_file: () => predictions },
    'builtin-logistic-regression-predict': { result_file: () => predictions },
    'builtin-join-aggregate': { output_data: joined },
    'builtin-train-test-split': { train: passedOn, test: passedOn },
    'builtin-kmeans': {
      centers: ({ header }) => ({ header: header === true, name: 'x', typeOf: () => 'double' }),
      assignments: () => ({ header: false, name: 'center', typeOf: () => 'integer' }),
    },
    builtin_principal_components_analysis: {
      output_data: () => ({ header: false, name: 'component', typeOf: () => 'double' }),
    },
  };

/** The arguments of training. */
import { linearTrainEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { refuse, refuseUnknown } from '../arguments/given.ts';

export function decodeOptions(args: Readonly<Record<string, unknown>>) {
  refuseUnknown(args, linearTrainEntry.arguments);
  const options = decodeArguments(args, linearTrainEntry.arguments, { explain: true });
  const { feature_size: features, header, label, columns } = options;
  if (label !== undefined && !header) refuse('The argument "label" names a column: it needs "header".');
  if (columns && label === undefined) refuse('The argument "columns" names the features: it needs "label".');
  if (columns?.includes(label ?? '')) refuse('The argument "columns" names the label as well.');
  if (features === undefined && !header) {
    refuse('The argument "feature_size" is wanted where the data have no header.');
  }
  if (columns && features !== undefined && features !== columns.length) {
    refuse(
      `The argument "feature_size" must be the number of "columns", ${columns.length}, not ${features}.`,
    );
  }
  return { ...options, features };
}

export type Options = ReturnType<typeof decodeOptions>;

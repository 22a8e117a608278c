/** Records as bytes: JSON with a version, byte strings as `{"$b": base64}`. Only the platform writes them. */
import { refuse } from '../errors.ts';

/** 6: what open tasks name is marked, files count their records, what is due has a log, usage has times. Of 5: what is held is counted, tasks have rows for lists, functions have marks, contents of data: URLs are apart, files of outputs name their record, tasks whose share they use. Of 4: administrators are counted, groups have looks, epochs and runs have records. Of 3: authority refers to subjects; ids have looks; a function remembers who disabled it. */
const FORMAT = 6;

export function encodeRecord(record: object): Uint8Array {
  return Buffer.from(JSON.stringify([FORMAT, record], replacer));
}

/** The type is the key's: see `keys` in records.ts. Throws `PlatformError` (data-folder-format) for a record of another version. */
export function decodeRecord<T>(bytes: Uint8Array): T {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  const [format, record] = (text.includes('"$b"') ? revive(JSON.parse(text)) : JSON.parse(text)) as [
    number,
    T,
  ];
  if (format !== FORMAT)
    throw refuse(
      'data-folder-format',
      `The records of the data folder have format ${format}, and this version reads ${FORMAT}: start the version that wrote them, or choose an empty folder.`,
    );
  return record;
}

function replacer(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key];
  return raw instanceof Uint8Array
    ? { $b: Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64') }
    : value;
}

/** In place: the reviver of `JSON.parse` takes ten times as long. */
function revive(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  const members = value as Record<string, unknown>;
  const names = Object.keys(members);
  // A name of a slot may be "$b" too, but never stands for a string.
  if (names.length === 1 && typeof members.$b === 'string')
    return new Uint8Array(Buffer.from(members.$b, 'base64'));
  for (const name of names) {
    const member = members[name];
    if (member !== null && typeof member === 'object') members[name] = revive(member);
  }
  return value;
}

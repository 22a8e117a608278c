/** Records as bytes: JSON with a version, byte strings as `{"$b": base64}`. Only the platform writes them. */
const FORMAT = 1;

export function encodeRecord(record: object): Uint8Array {
  return Buffer.from(JSON.stringify([FORMAT, record], replacer));
}

/** The type is the key's: see `keys` in records.ts. */
export function decodeRecord<T>(bytes: Uint8Array): T {
  const [format, record] = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(),
    reviver,
  ) as [number, T];
  if (format !== FORMAT)
    throw new Error(`record format ${format} is not known to this version: use the version that wrote it`);
  return record;
}

function replacer(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key];
  return raw instanceof Uint8Array
    ? { $b: Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64') }
    : value;
}

function reviver(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('$b' in value)) return value;
  const text = (value as { $b: unknown }).$b;
  // A record of ours has no other object with this member: names of users and slots are values or in arrays.
  return typeof text === 'string' && Object.keys(value).length === 1
    ? new Uint8Array(Buffer.from(text, 'base64'))
    : value;
}

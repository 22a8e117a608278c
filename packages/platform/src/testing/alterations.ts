/** Every way to change one thing in a message, or in a JSON value: made from its descriptor, so that no field is forgotten. */
import { create, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';

export interface Alteration<T> {
  /** Which field, without numbers of entries: `inputs.key`. */
  readonly field: string;
  /** What was done to which entry, for people. */
  readonly what: string;
  readonly value: T;
}

type Plain = Readonly<Record<string, unknown>>;

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

/** Every field of a message and of the messages in it. */
export function fieldsOf(desc: DescMessage, path = ''): string[] {
  return desc.fields.flatMap((field) => {
    const here = join(path, field.localName);
    return [here, ...(field.message ? fieldsOf(field.message, here) : [])];
  });
}

/** The message with one thing changed in it. Throws for kinds of fields that it does not know. */
export function* alteredMessages(desc: DescMessage, message: Plain, path = ''): Generator<Alteration<Plain>> {
  if (desc.oneofs.length > 0) throw new Error(`${desc.typeName} has alternatives: say how to change them`);
  for (const field of desc.fields) {
    const name = field.localName;
    for (const { field: below, what, value } of alteredField(field, message[name], join(path, name)))
      yield { field: below, what, value: { ...message, [name]: value } };
  }
}

function* alteredField(field: DescField, value: unknown, path: string): Generator<Alteration<unknown>> {
  const one = (what: string, other: unknown) => ({ field: path, what: `${path} ${what}`, value: other });
  switch (field.fieldKind) {
    case 'scalar':
      for (const [what, other] of otherScalars(field.scalar, value)) yield one(what, other);
      return;
    case 'message':
      if (value === undefined) {
        yield one('added', create(field.message));
      } else {
        yield one('removed', undefined);
        yield* alteredMessages(field.message, value as Plain, path);
      }
      return;
    case 'list':
      yield* alteredList(field, value as readonly unknown[], path);
      return;
    case 'map':
      yield* alteredMap(field, value as Plain, path);
      return;
    default:
      throw new Error(`${path} is of a kind that nobody has said how to change: ${field.fieldKind}`);
  }
}

function* alteredList(
  field: DescField & { readonly fieldKind: 'list' },
  list: readonly unknown[],
  path: string,
): Generator<Alteration<unknown>> {
  const { message, scalar } = field;
  if (!message && scalar === undefined)
    throw new Error(`${path} is a list of what nobody has said how to change`);
  const whole = (what: string, value: readonly unknown[]) => ({
    field: path,
    what: `${path} ${what}`,
    value,
  });
  yield whole('with an empty entry', [
    ...list,
    message ? create(message) : otherScalars(scalar, undefined)[0]?.[1],
  ]);
  for (const [index, entry] of list.entries()) {
    yield whole(`without entry ${index}`, list.toSpliced(index, 1));
    yield whole(`with entry ${index} twice`, [...list, entry]);
    if (!message) {
      for (const [what, other] of otherScalars(scalar, entry))
        yield whole(`entry ${index} ${what}`, list.with(index, other));
      continue;
    }
    for (const { field: below, what, value } of alteredMessages(message, entry as Plain, path))
      yield { field: below, what: `${what}, of entry ${index}`, value: list.with(index, value) };
  }
  if (list.length > 1) yield whole('reversed', list.toReversed());
}

function* alteredMap(
  field: DescField & { readonly fieldKind: 'map' },
  map: Plain,
  path: string,
): Generator<Alteration<unknown>> {
  const { scalar } = field;
  if (scalar === undefined) throw new Error(`${path} is a map to what nobody has said how to change`);
  const whole = (what: string, value: Plain) => ({ field: path, what: `${path} ${what}`, value });
  yield whole('with an entry more', { ...map, more: otherScalars(scalar, undefined)[0]?.[1] });
  for (const [key, value] of Object.entries(map)) {
    const { [key]: _, ...rest } = map;
    yield whole(`without ${key}`, rest);
    yield whole(`with another name for ${key}`, { ...rest, [`${key}x`]: value });
    for (const [what, other] of otherScalars(scalar, value))
      yield whole(`${key} ${what}`, { ...map, [key]: other });
  }
}

function otherScalars(
  scalar: ScalarType | undefined,
  value: unknown,
): readonly (readonly [string, unknown])[] {
  switch (scalar) {
    case ScalarType.STRING:
      return otherTexts(typeof value === 'string' ? value : '');
    case ScalarType.BYTES:
      return otherBytes(value instanceof Uint8Array ? value : new Uint8Array());
    case ScalarType.UINT64:
      return [['plus 1', (typeof value === 'bigint' ? value : 0n) + 1n]];
    case ScalarType.SINT32:
      return [['plus 1', Number(value) + 1]];
    default:
      throw new Error(`nobody has said how to change a scalar of type ${scalar}`);
  }
}

function otherBytes(bytes: Uint8Array): [string, Uint8Array][] {
  const longer: [string, Uint8Array] = ['a byte longer', Uint8Array.from([...bytes, 0])];
  if (bytes.length === 0) return [longer];
  const flipped = (at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1);
  return [
    longer,
    ['a byte shorter', bytes.subarray(0, -1)],
    ['emptied', new Uint8Array()],
    ['with its first bit flipped', flipped(0)],
    ['with its last bit flipped', flipped(bytes.length - 1)],
  ];
}

function otherTexts(text: string): [string, string][] {
  const longer: [string, string] = ['longer', `${text}x`];
  if (text === '') return [longer];
  return [
    longer,
    ['emptied', ''],
    ['begun otherwise', `${text.startsWith('0') ? '1' : '0'}${text.slice(1)}`],
  ];
}

/** The value with one thing changed in it, on any level. */
export function* alteredJson(value: unknown, path = ''): Generator<Alteration<unknown>> {
  const here = (what: string, other: unknown) => ({ field: path, what: `${path} ${what}`, value: other });
  if (typeof value === 'string') for (const [what, other] of otherTexts(value)) yield here(what, other);
  else if (typeof value === 'number') yield here('plus 1', value + 1);
  else if (typeof value === 'boolean') yield here('turned', !value);
  else if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    for (const [index, entry] of list.entries()) {
      yield here(`without entry ${index}`, list.toSpliced(index, 1));
      yield here(`with entry ${index} twice`, [...list, entry]);
      for (const { field, what, value: other } of alteredJson(entry, path))
        yield { field, what: `${what}, of entry ${index}`, value: list.with(index, other) };
    }
    if (list.length > 1) yield here('reversed', list.toReversed());
  } else if (typeof value === 'object' && value !== null) {
    const members: Plain = { ...value };
    yield here('with a member more', { ...members, more: 1 });
    for (const [name, member] of Object.entries(members)) {
      const { [name]: _, ...rest } = members;
      yield { field: join(path, name), what: `${join(path, name)} removed`, value: rest };
      for (const { field, what, value: other } of alteredJson(member, join(path, name)))
        yield { field, what, value: { ...members, [name]: other } };
    }
  }
}

/** One file in several slots of a task: it is fetched, checked and kept once. */
import type { ApprovedInput } from './approved-files.ts';

/** What was made of each file, whatever slot asked for it first. */
export class ByData<T> {
  readonly #known = new Map<string, { readonly file: ApprovedInput; readonly made: T }[]>();

  get(file: ApprovedInput): T | undefined {
    return this.#known.get(file.id)?.find((one) => isSame(one.file, file))?.made;
  }

  set(file: ApprovedInput, made: T): void {
    const others = this.#known.get(file.id);
    if (others) others.push({ file, made });
    else this.#known.set(file.id, [{ file, made }]);
  }
}

/** By everything that the content follows from, since an id is but a name: the place, the key, the tag. */
function isSame(a: ApprovedInput, b: ApprovedInput): boolean {
  if (a.id !== b.id || a.url !== b.url) return false;
  const [one, other] = [a.encrypted, b.encrypted];
  if (!one || !other) return one === other;
  return (
    one.key.scheme === other.key.scheme &&
    isEqual(one.key.key, other.key.key) &&
    isEqual(one.key.iv, other.key.iv) &&
    isEqual(one.tag, other.tag)
  );
}

const NONE = new Uint8Array();
const isEqual = (a: Uint8Array = NONE, b: Uint8Array = NONE): boolean => Buffer.compare(a, b) === 0;

/**
 * Who somebody is: an account, not its name. A subject is `NAME#RANDOM`, made once when the account is registered and never changed, so
 * whoever registers the name of a deleted account is somebody else. Authority refers to subjects; names are for people.
 */
import type { Read } from './form.ts';
import { text } from './form.ts';
import { limits } from './limits.ts';
import { ManifestError } from './manifest-error.ts';

declare const brand: unique symbol;

/** An account. The compiler tells it from the name that it begins with. */
export type Subject = string & { readonly [brand]: 'subject' };

/** Bytes of the random part, which is their base64url. */
export const SUBJECT_RANDOM_BYTES = 12;
const RANDOM_CHARACTERS = 16;
const FORM = /^[\u0021-\u007e]+#[A-Za-z0-9_-]{16}$/;

/**
 * The subject that the text names, or undefined where it names none. The random part is always last: a name may hold "#" itself.
 *
 * @example
 * parseSubject('bank#c29tZSByYW5kb20x'); // the subject
 * parseSubject('bank'); // undefined
 */
export const parseSubject = (text: string): Subject | undefined =>
  // The one place that says so: the form has been looked at.
  text.length <= limits.subject.value && FORM.test(text) ? (text as Subject) : undefined;

/** The id that the account was registered with. Two accounts may have had the same. */
export const nameOf = (subject: Subject): string => subject.slice(0, -RANDOM_CHARACTERS - 1);

/** Ascending, without repetition: by UTF-16 code units, as manifests want it. */
export const sortSubjects = (subjects: Iterable<Subject>): Subject[] => [...new Set(subjects)].sort();

const readText = text(limits.subject.value);

/** A member of a manifest. */
export const subject: Read<Subject> = (value, path) => {
  const found = parseSubject(readText(value, path));
  if (found !== undefined) return found;
  throw new ManifestError('bad-form', `${path} is no subject (NAME#RANDOM).`);
};

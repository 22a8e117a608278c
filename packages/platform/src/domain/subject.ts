/** Making subjects: what they are is said in `@gaiwan/protocol`. */
import { nameOf, parseSubject, SUBJECT_RANDOM_BYTES, type Subject } from '@gaiwan/protocol';

/** `random`: bytes that nobody has seen, as many as `SUBJECT_RANDOM_BYTES`. */
export function makeSubject(name: string, random: Uint8Array): Subject {
  const part = Buffer.from(random).toString('base64url');
  const subject = random.length === SUBJECT_RANDOM_BYTES ? parseSubject(`${name}#${part}`) : undefined;
  if (subject === undefined) throw new Error('no subject can be made of this name and these bytes');
  return subject;
}

/** As people are shown them. */
export const namesOf = (subjects: Iterable<Subject>): string[] => [...subjects].map(nameOf);

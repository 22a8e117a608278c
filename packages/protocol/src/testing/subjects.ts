/** Subjects for tests: of a name, always the same; and any. */
import * as fc from 'fast-check';
import { limits } from '../limits.ts';
import { parseSubject, SUBJECT_RANDOM_BYTES, type Subject } from '../subject.ts';

/** `number`: which account of the name. */
export function subjectOf(name: string, number = 0): Subject {
  const random = Buffer.alloc(SUBJECT_RANDOM_BYTES, number).toString('base64url');
  const subject = parseSubject(`${name}#${random}`);
  if (subject === undefined) throw new Error(`no subject has the name ${name}`);
  return subject;
}

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCodePoint(code));

export const subjectArbitrary = fc
  .tuple(
    fc.string({ unit: visible, minLength: 1, maxLength: limits.subject.value - 17 }),
    fc.uint8Array({ minLength: SUBJECT_RANDOM_BYTES, maxLength: SUBJECT_RANDOM_BYTES }),
  )
  .map(([name, random]) => {
    const subject = parseSubject(`${name}#${Buffer.from(random).toString('base64url')}`);
    if (subject === undefined) throw new Error(`no subject has the name ${name}`);
    return { name, subject };
  });

/** Making equal what several parties write differently: the argument `normalize` of intersections and joins. */
import { FunctionError } from '../refusal.ts';

/** In the order in which they are taken, whatever order the argument has. */
const STEPS = ['trim', 'quotes', 'nfc', 'case'] as const;

export type Step = (typeof STEPS)[number];

/** Turns the text of an item or a key into the one that is compared. */
export type Normalizer = (text: string) => string;

const QUOTED = /^(["'])(.*)\1$/s;

const apply: Readonly<Record<Step, Normalizer>> = {
  trim: (text) => text.trim(),
  quotes: (text) => QUOTED.exec(text)?.[2] ?? text,
  nfc: (text) => text.normalize('NFC'),
  // Lower-casing can take a text out of its normal form.
  case: (text) => text.toLowerCase(),
};

const isStep = (word: string): word is Step => STEPS.some((step) => step === word);

/** Reads the argument. @throws FunctionError `invalid-arguments` for a word that is none of `allowed` */
export function parseSteps(words: readonly string[], allowed: readonly Step[] = STEPS): ReadonlySet<Step> {
  const steps = new Set<Step>();
  for (const word of words) {
    if (isStep(word) && allowed.includes(word)) steps.add(word);
    else {
      throw new FunctionError(
        'invalid-arguments',
        `The argument "normalize" has ${JSON.stringify(word.slice(0, 40))}; here it may have ${allowed.join(', ')}.`,
      );
    }
  }
  return steps;
}

/** undefined: nothing is to be done. */
export function normalizer(steps: ReadonlySet<Step>): Normalizer | undefined {
  const wanted = STEPS.filter((step) => steps.has(step));
  if (wanted.length === 0) return undefined;
  return (text) => {
    const first = wanted.reduce((before, step) => apply[step](before), text);
    // Blanks may have been inside of quotes.
    const inner = steps.has('trim') && steps.has('quotes') ? apply.trim(first) : first;
    return steps.has('nfc') ? apply.nfc(inner) : inner;
  };
}

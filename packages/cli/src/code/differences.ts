/** What one version of a function has and another has not. */
import { diff } from 'node:util';
import { limits } from '../limits.ts';
import { filesOf, type ShownCode, sha256, textOf } from './files.ts';

export interface FileDifference {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Undefined where lines are not compared: it is no text, or too long. */
  readonly lines?: readonly (readonly ['+' | '-' | ' ', string])[];
}

/** The definition is a file of its own. */
export function differencesOf(before: ShownCode, now: ShownCode): FileDifference[] {
  const [old, young] = [allFiles(before), allFiles(now)];
  const paths = [...new Set([...old.keys(), ...young.keys()])];
  return paths.flatMap((path): FileDifference[] => {
    const [was, is] = [old.get(path), young.get(path)];
    if (was && is && sha256(was) === sha256(is)) return [];
    const lines = linesOf(was ?? new Uint8Array(), is ?? new Uint8Array());
    const kind = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    return [{ path, kind, ...(lines && { lines }) }];
  });
}

const DEFINITION = 'definition.json';

function allFiles(code: ShownCode): Map<string, Uint8Array> {
  const { payload: _, ...definition } = code.definition;
  const text = Buffer.from(JSON.stringify(definition, undefined, 2));
  return new Map([[`(${DEFINITION})`, text], ...filesOf(code).files]);
}

function linesOf(was: Uint8Array, is: Uint8Array): FileDifference['lines'] | undefined {
  const [old, young] = [textOf(was), textOf(is)];
  if (old === undefined || young === undefined) return undefined;
  const [before, now] = [splitLines(old), splitLines(young)];
  // It takes the product of both in time and memory.
  if (Math.max(before.length, now.length) > limits.comparedLines.value) return undefined;
  const signs = { '0': ' ', '1': '-', '-1': '+' } as const;
  return diff(before, now).map(([sign, line]) => [signs[sign], line] as const);
}

const splitLines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

const count = ({ lines = [] }: FileDifference, sign: '+' | '-') => lines.filter(([of]) => of === sign).length;

/** One line for each file. */
export const summaryOf = (differences: readonly FileDifference[]): string[] =>
  differences.map((difference) =>
    difference.lines
      ? `${difference.path}: ${difference.kind}, +${count(difference, '+')} -${count(difference, '-')} lines`
      : `${difference.path}: ${difference.kind}, lines not compared`,
  );

const CONTEXT = 3;

/** With three lines around each change. */
export function differenceText(difference: FileDifference): string[] {
  const { path, kind, lines } = difference;
  if (!lines) return [`=== ${path}: ${kind}, lines not compared`];
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([sign]) => sign !== ' '),
  );
  const shown = lines.flatMap(([sign, line], index) => {
    if (near[index]) return [`${sign} ${line}`];
    return near[index - 1] ? ['...'] : [];
  });
  return [`=== ${path}: ${kind}`, ...shown];
}

import { expect, it } from 'vitest';
import { subjectOf } from '../../testing/subjects.ts';
import { lateSlotsOf } from './late-slots.ts';

const inputs = [
  { name: 'needed', description: '', optional: false },
  { name: 'optional', description: '', optional: true },
];
const python = 'def entrypoint(argv):\n    return ""\n';
const late = (executorType: string, executor: string, code: string) => {
  const fn = { id: 'f', version: '', name: 'f', owner: subjectOf('owner'), executorType };
  return [...lateSlotsOf({ function: fn, executor }, { inputs }, Buffer.from(code))];
};

it.each([
  ['python', 'mesapy', python, ['optional']],
  ['wamr', 'wamr', '\0asm\u000aentrypoint\0', ['optional']],
  ['python', 'mesapy', 'def main(inputs, outputs, args):\n    return ""\n', []],
  ['wamr', 'wamr', '\0asm_start', []],
  // The same code by an executor that Teaclave has not.
  ['python', 'python', python, []],
  ['python', 'cpython', python, []],
  ['wasm', 'wasm', '\0asm\u000aentrypoint\0', []],
  ['javascript', 'javascript', 'function entrypoint() {}', []],
  ['builtin', 'builtin', '', []],
] as const)('Teaclave’s late check for %s/%s (%j) is kept for %j', (type, executor, code, slots) => {
  expect(late(type, executor, code)).toEqual(slots);
});

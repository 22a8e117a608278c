/** Manifests for tests: one to change, and any. */
import * as fc from 'fast-check';
import { argumentsText, readArguments } from '../arguments/text.ts';
import { fileSchemas } from '../file-secret.ts';
import type { ManifestInput, ManifestOutput, TaskManifest } from '../manifest.ts';
import { sortSubjects } from '../subject.ts';
import { taskCeilings } from '../task-limits.ts';
import { logReaders, sandboxUses } from '../task-options.ts';
import { subjectArbitrary, subjectOf } from './subjects.ts';

const digest = (byte: number) => byte.toString(16).padStart(2, '0').repeat(32);

const [analyst, bank] = [subjectOf('analyst'), subjectOf('bank')];

export const sampleManifest: TaskManifest = {
  format: 'gaiwan-task-manifest/7',
  epoch: 1,
  task: 'task-1',
  creator: analyst,
  function: {
    id: 'function-1',
    version: digest(1),
    name: 'builtin-echo',
    executorType: 'builtin',
    owner: subjectOf('vendor'),
  },
  executor: 'builtin',
  arguments: '{"message":"hi"}',
  inputs: [
    {
      slot: 'a',
      id: 'input-1',
      owners: [analyst, bank],
      schema: 'aes-gcm-256',
      tag: '00'.repeat(16),
      commitment: digest(2),
    },
    { slot: 'b', id: 'input-2', owners: [bank], schema: 'raw', commitment: digest(3) },
  ],
  outputs: [
    { slot: 'b', id: 'output-1', owners: [bank], schema: 'teaclave-file-128', commitment: digest(4) },
  ],
  participants: [
    { subject: analyst, authority: 'password' },
    { subject: bank, authority: 'password' },
  ],
  limits: {
    timeMs: 1000,
    cpuMs: 1000,
    memoryMiB: 64,
    outputBytes: 1024,
    logBytes: 1,
    files: 10,
    stagedBytes: 4096,
    transferMs: 2000,
  },
  logs: ['creator'],
  repeat: false,
  sandboxes: 'fresh',
  agreement: '',
};

const text = fc.string({ unit: 'binary', maxLength: 12 });
const subject = subjectArbitrary.map((one) => one.subject);
const subjects = fc.array(subject, { minLength: 1, maxLength: 3 }).map(sortSubjects);
const bytes = (count: number) =>
  fc.uint8Array({ minLength: count, maxLength: count }).map((some) => Buffer.from(some).toString('hex'));
const [digests, tags] = [bytes(32), bytes(16)];
const encrypted = fc.constantFrom(...fileSchemas.filter((schema) => schema !== 'raw'));
const file = { slot: text, id: text, owners: subjects, commitment: digests };
const output: fc.Arbitrary<ManifestOutput> = fc.record({ ...file, schema: encrypted });
const input: fc.Arbitrary<ManifestInput> = fc.oneof(
  fc.record({ ...file, schema: encrypted, tag: tags }),
  fc.record({ ...file, schema: fc.constant('raw' as const) }),
);
const bySlot = { selector: (one: { readonly slot: string }) => one.slot, maxLength: 4 };
const inOrder = <T extends { readonly slot: string }>(files: readonly T[]) =>
  files.toSorted((one, other) => (one.slot < other.slot ? -1 : 1));
const limit = (most: number) => fc.integer({ min: 1, max: most });

const argumentsOf = (values: object) => argumentsText(readArguments(JSON.stringify(values)));

/** Any that is coherent. */
export const manifestArbitrary: fc.Arbitrary<TaskManifest> = fc
  .record({
    format: fc.constant('gaiwan-task-manifest/7' as const),
    epoch: fc.integer({ min: 1 }),
    task: text,
    creator: subject,
    function: fc.record({ id: text, version: digests, name: text, executorType: text, owner: subject }),
    executor: text,
    arguments: fc.dictionary(text, fc.oneof(text, fc.integer()), { maxKeys: 3 }).map(argumentsOf),
    inputs: fc.uniqueArray(input, bySlot).map(inOrder),
    outputs: fc.uniqueArray(output, bySlot).map(inOrder),
    limits: fc.record({
      timeMs: limit(taskCeilings.timeMs),
      cpuMs: limit(taskCeilings.cpuMs),
      memoryMiB: limit(taskCeilings.memoryMiB),
      outputBytes: fc.maxSafeNat().map((n) => Math.max(n, 1)),
      logBytes: limit(taskCeilings.logBytes),
      files: limit(taskCeilings.files),
      stagedBytes: fc.maxSafeNat().map((n) => Math.max(n, 1)),
      transferMs: limit(taskCeilings.transferMs),
    }),
    logs: fc.subarray([...logReaders]).map((some) => some.toSorted()),
    repeat: fc.boolean(),
    sandboxes: fc.constantFrom(...sandboxUses),
    agreement: fc.oneof(fc.constant(''), digests),
    others: subjects,
  })
  .map(({ others, ...manifest }) => ({
    ...manifest,
    participants: sortSubjects([
      manifest.creator,
      ...others,
      ...[...manifest.inputs, ...manifest.outputs].flatMap(({ owners }) => owners),
    ]).map((one) => ({ subject: one, authority: 'password' as const })),
  }));

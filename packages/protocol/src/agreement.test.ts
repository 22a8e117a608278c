import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Agreement, agreementBytes, outsideAgreement, parseAgreement } from './agreement.ts';
import { readArguments } from './arguments/text.ts';
import { canonicalJson } from './canonical-json.ts';
import type { TaskManifest } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { manifestArbitrary, sampleManifest } from './testing/manifests.ts';
import { subjectOf } from './testing/subjects.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const DIGEST = 'ab'.repeat(32);

/** Of tasks like this one, and no other. */
const like = (manifest: TaskManifest): Agreement => ({
  format: 'gaiwan-agreement/1',
  epoch: manifest.epoch,
  agreement: 'agreement-1',
  function: { id: manifest.function.id, version: manifest.function.version },
  executor: manifest.executor,
  arguments: [...readArguments(manifest.arguments)]
    .map(([name, value]) => ({ name, values: [value] }))
    .sort((one, other) => (one.name < other.name ? -1 : 1)),
  inputs: manifest.inputs.map(({ slot, owners, id, commitment, tag = '' }) => ({
    slot,
    owners,
    data: [{ id, commitment, tag }],
  })),
  outputs: manifest.outputs.map(({ slot, owners }) => ({ slot, owners })),
  participants: manifest.participants,
  callers: [manifest.creator],
  limits: manifest.limits,
  logs: manifest.logs,
  repeat: manifest.repeat,
  sandboxes: manifest.sandboxes,
  uses: 1,
  from: 0,
  until: 1,
});
const sample = like(sampleManifest);
const named: TaskManifest = { ...sampleManifest, agreement: DIGEST };
const [analyst, bank] = [subjectOf('analyst'), subjectOf('bank')];

describe('an agreement', () => {
  it('of any kind is read again, from one text only, and covers the task that it is like', () => {
    fc.assert(
      fc.property(manifestArbitrary, (manifest) => {
        const agreement = like(manifest);
        const bytes = agreementBytes(agreement);
        expect(parseAgreement(bytes)).toEqual(agreement);
        expect(() => parseAgreement(encode(` ${canonicalJson(agreement)}`))).toThrow(ManifestError);
        expect(outsideAgreement(agreement, DIGEST, { ...manifest, agreement: DIGEST })).toEqual([]);
      }),
    );
  });

  it.each<[string, object, string]>([
    ['an unknown member', { more: 1 }, 'bad-form'],
    ['another format', { format: 'gaiwan-agreement/2' }, 'unknown-format'],
    ['no caller', { callers: [] }, 'incoherent'],
    ['a caller who is no participant', { callers: [subjectOf('eve')] }, 'incoherent'],
    ['callers out of order', { callers: [bank, analyst] }, 'incoherent'],
    ['participants out of order', { participants: sample.participants.toReversed() }, 'incoherent'],
    [
      'an owner who is no participant',
      { outputs: [{ slot: 'b', owners: [subjectOf('eve')] }] },
      'incoherent',
    ],
    ['one slot twice', { inputs: [sample.inputs[0], sample.inputs[0]] }, 'incoherent'],
    ['one argument twice', { arguments: [sample.arguments[0], sample.arguments[0]] }, 'incoherent'],
    ['an end before its beginning', { from: 2, until: 1 }, 'incoherent'],
    ['no uses', { uses: 0 }, 'bad-form'],
    ['a limit that is none', { limits: { ...sample.limits, files: 0 } }, 'bad-form'],
    ['data without a place', { inputs: [{ ...sample.inputs[0], data: [{ id: 'input-1' }] }] }, 'bad-form'],
  ])('is refused with %s', (_, change, code) => {
    const bytes = encode(canonicalJson({ ...sample, ...change }));
    expect(() => parseAgreement(bytes)).toThrow(expect.objectContaining({ name: 'ManifestError', code }));
  });

  it('leaves open what it does not name', () => {
    const open: Agreement = {
      ...sample,
      arguments: [{ name: 'message', values: [] }],
      inputs: sample.inputs.map((input) => ({ ...input, data: [] })),
      limits: { ...sample.limits, files: 100 },
      sandboxes: 'kept',
      repeat: false,
    };
    const [first, ...others] = named.inputs;
    const task: TaskManifest = {
      ...named,
      arguments: '{"message":"other"}',
      inputs: [
        { ...first, id: 'input-9', commitment: '09'.repeat(32) } as (typeof named.inputs)[0],
        ...others,
      ],
      logs: [],
      repeat: true,
    };
    expect(outsideAgreement(open, DIGEST, task)).toEqual([]);
    expect(outsideAgreement(open, DIGEST, { ...task, arguments: '{}' })).toEqual([]);
  });

  const { function: fn, limits } = named;
  const [input, ...inputs] = named.inputs;
  it.each<[string, object, string]>([
    ['another agreement', { agreement: '00'.repeat(32) }, 'it names another agreement'],
    ['none', { agreement: '' }, 'it names another agreement'],
    ['another epoch', { epoch: 2 }, 'it is of another epoch'],
    ['another creator', { creator: bank }, 'its creator is no caller'],
    ['another function', { function: { ...fn, id: 'function-2' } }, 'the function is another one'],
    [
      'another version',
      { function: { ...fn, version: '00'.repeat(32) } },
      'the function has another version',
    ],
    ['another executor', { executor: 'other' }, 'the executor is another one'],
    ['sandboxes that are reused', { sandboxes: 'kept' }, 'sandboxes are reused'],
    ['another reader of the log', { logs: ['creator', 'function-owner'] }, 'others read the log'],
    ['another value', { arguments: '{"message":"ho"}' }, 'the argument "message" has another value'],
    ['another argument', { arguments: '{"message":"hi","more":1}' }, 'the argument "more" is not agreed on'],
    ['no argument', { arguments: '{}' }, 'the argument "message" has another value'],
    ['a higher limit', { limits: { ...limits, files: 11 } }, 'the limit files is higher'],
    ['other data', { inputs: [{ ...input, id: 'input-9' }, ...inputs] }, 'the input "a" has other data'],
    [
      'another content',
      { inputs: [{ ...input, tag: '01'.repeat(16) }, ...inputs] },
      'the input "a" has other data',
    ],
    [
      'another key or place',
      { inputs: [{ ...input, commitment: DIGEST }, ...inputs] },
      'the input "a" has other data',
    ],
    ['other owners', { inputs: [{ ...input, owners: [bank] }, ...inputs] }, 'the input "a" has other owners'],
    ['an input less', { inputs }, 'it has other inputs'],
    ['an output less', { outputs: [] }, 'it has other outputs'],
    [
      'another key',
      { participants: [{ subject: analyst, authority: `key:${DIGEST}` }, named.participants[1]] },
      `${JSON.stringify(analyst)} has another key than it had`,
    ],
    [
      'somebody else',
      { participants: [...named.participants, { subject: subjectOf('eve'), authority: 'password' }] },
      `${JSON.stringify(subjectOf('eve'))} is no party to it`,
    ],
  ])('does not cover a task with %s', (_, change, sentence) => {
    // What is changed has the type of what was there.
    expect(outsideAgreement(sample, DIGEST, { ...named, ...change } as TaskManifest)).toEqual([sentence]);
  });

  it('that wants two runs has one refused', () => {
    expect(outsideAgreement({ ...sample, repeat: true }, DIGEST, named)).toEqual(['it is not run twice']);
  });

  it('covers no task that differs in any member, unless it is less than was agreed on', () => {
    fc.assert(
      fc.property(manifestArbitrary, manifestArbitrary, fc.nat(), (manifest, other, which) => {
        const names = [
          'epoch',
          'creator',
          'executor',
          'arguments',
          'inputs',
          'outputs',
          'participants',
          'function',
        ] as const;
        const name = names[which % names.length] ?? 'epoch';
        const changed: TaskManifest = { ...manifest, agreement: DIGEST, [name]: other[name] };
        const same = canonicalJson(boundOf(changed)[name]) === canonicalJson(boundOf(manifest)[name]);
        const outside = outsideAgreement(like(manifest), DIGEST, changed);
        if (!same && name !== 'participants') expect(outside).not.toEqual([]);
      }),
    );
  });
});

/** What of a manifest an agreement binds: of an output its owners. */
const boundOf = ({ function: fn, outputs, ...others }: TaskManifest) => ({
  ...others,
  function: { id: fn.id, version: fn.version },
  outputs: outputs.map(({ slot, owners }) => ({ slot, owners })),
});

/** Small records for tests of the domain. */
import type { FunctionDefinition } from '@gaiwan/protocol';
import {
  type DataRecord,
  defaultTaskLimits,
  type FunctionRecord,
  functionVersionHash,
  sha256Hex,
  type TaskRecord,
} from '../domain/index.ts';
import { perform } from '../tasks/engine/engine.ts';
import { subjectOf } from './subjects.ts';

const slot = (name: string) => ({ name, description: '', optional: false });

export const definition: FunctionDefinition = {
  format: 'gaiwan-function-version/1',
  name: 'builtin-private-join-and-compute',
  description: '',
  executorType: 'builtin',
  payload: sha256Hex(''),
  arguments: [],
  inputs: [slot('in-ann'), slot('in-ben')],
  outputs: [slot('out')],
};

export const record: FunctionRecord = {
  id: 'function-1',
  owner: subjectOf('vendor'),
  version: functionVersionHash(definition),
  public: true,
  groups: [],
  people: [],
  quota: -1,
};

export const newTask = (change: Partial<FunctionRecord> = {}): TaskRecord =>
  perform('create', undefined, {
    id: 'task-1',
    epoch: 1,
    by: subjectOf('carl'),
    function: { ...record, ...change },
    definition,
    executor: 'builtin',
    arguments: '{}',
    inputs: [
      { name: 'in-ann', owners: [subjectOf('ann')] },
      { name: 'in-ben', owners: [subjectOf('ben')] },
    ],
    outputs: [{ name: 'out', owners: [subjectOf('ann')] }],
    limits: defaultTaskLimits,
  });

export const data = (kind: 'input' | 'output', owner: string, number = 1): DataRecord => ({
  id: `${kind}-${owner}-${number}`,
  owners: [subjectOf(owner)],
  url: `blob://gaiwan/${kind}-${owner}-${number}/file`,
  crypto: {
    schema: 'aes-gcm-128',
    key: new Uint8Array(16).fill(number),
    iv: new Uint8Array(12).fill(number),
  },
  ...(kind === 'input' ? { tag: new Uint8Array(16).fill(number) } : {}),
});

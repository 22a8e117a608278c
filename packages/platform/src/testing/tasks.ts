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
  owner: 'vendor',
  version: functionVersionHash(definition),
  public: true,
  allowlist: [],
  disabled: false,
  quota: -1,
};

export const newTask = (change: Partial<FunctionRecord> = {}): TaskRecord =>
  perform('create', undefined, {
    id: 'task-1',
    by: 'carl',
    function: { ...record, ...change },
    definition,
    executor: 'builtin',
    arguments: '{}',
    inputs: [
      { name: 'in-ann', owners: ['ann'] },
      { name: 'in-ben', owners: ['ben'] },
    ],
    outputs: [{ name: 'out', owners: ['ann'] }],
    limits: defaultTaskLimits,
  });

export const data = (kind: 'input' | 'output', owner: string, number = 1): DataRecord => ({
  id: `${kind}-${owner}-${number}`,
  owners: [owner],
  url: `blob://gaiwan/${kind}-${owner}-${number}/file`,
  crypto: {
    schema: 'aes-gcm-128',
    key: new Uint8Array(16).fill(number),
    iv: new Uint8Array(12).fill(number),
  },
  ...(kind === 'input' ? { tag: new Uint8Array(16).fill(number) } : {}),
});

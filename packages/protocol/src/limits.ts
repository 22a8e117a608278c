/** Every limit of this package: docs/limits.md is generated from here, and so are the Python runner's constants. */
import { limitTable } from '@gaiwan/errors';

export const limits = limitTable({
  executorHead: { value: 8 << 20, unit: 'bytes', what: 'the head of a frame of the executor protocol' },
  executorProcessHead: {
    value: 1 << 20,
    unit: 'bytes',
    what: 'the head of a frame that a sandboxed process sends',
    note: 'all of its requests are short',
  },
  executorBody: {
    value: 1 << 20,
    unit: 'bytes',
    what: 'the body of a frame of the executor protocol: one read, one write',
  },
  executorLargeBody: {
    value: 32 << 20,
    unit: 'bytes',
    what: 'the body of a frame "prepare" or "done": the code, the result',
  },
  result: {
    value: 8 << 20,
    unit: 'bytes',
    what: "a function's result, whatever the task allows",
    note: 'more belongs into an output',
  },
  failureMessage: {
    value: 64 << 10,
    unit: 'characters',
    what: 'the message of a function that fails',
    note: 'the rest is cut off',
  },
  manifest: { value: 16 << 20, unit: 'bytes', what: "a task manifest; a function's definition" },
  name: { value: 256, unit: 'characters', what: 'a name or an id in a manifest or a definition' },
  subject: {
    value: 145,
    unit: 'characters',
    what: 'a subject: a user id, "#" and 16 random characters',
  },
  description: { value: 4096, unit: 'characters', what: 'a description of a function' },
  entries: {
    value: 1000,
    unit: 'count',
    what: 'slots, owners of a slot, arguments in a manifest or a definition',
  },
  participants: { value: 10_000, unit: 'count', what: 'participants of a task' },
});

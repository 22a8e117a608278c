import { limitTable } from '@gaiwan/errors';

/** What a task manifest and a function's definition may hold: see docs/limits.md. */
export const limits = limitTable({
  manifest: { value: 16 << 20, unit: 'bytes', what: "a task manifest; a function's definition" },
  name: { value: 256, unit: 'characters', what: 'a name or an id in a manifest or a definition' },
  description: { value: 4096, unit: 'characters', what: 'a description of a function' },
  entries: {
    value: 1000,
    unit: 'count',
    what: 'slots, owners of a slot, arguments in a manifest or a definition',
  },
  participants: { value: 10_000, unit: 'count', what: 'participants of a task' },
});

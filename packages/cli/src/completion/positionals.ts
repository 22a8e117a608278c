/** Arguments whose values a shell can be proposed. */
import { knownFunctions, knownTasks, knownTrusts } from './names.ts';

const text = (input: string) => input;

/** A task: the names in the key ring of this machine are proposed where a shell completes it. */
export const taskPositional = {
  kind: 'tuple',
  parameters: [{ parse: text, brief: 'task', placeholder: 'TASK', proposeCompletions: knownTasks }],
} as const;

/** A function: built-in names are proposed. */
export const functionPositional = {
  kind: 'tuple',
  parameters: [
    { parse: text, brief: 'function', placeholder: 'FUNCTION', proposeCompletions: knownFunctions },
  ],
} as const;

/** Whose code is read: a task's, or a function's. Tasks are proposed: those in the key ring of this machine. */
export const codePositional = {
  kind: 'tuple',
  parameters: [
    {
      parse: text,
      brief: 'task or function',
      placeholder: 'TASK_OR_FUNCTION',
      proposeCompletions: knownTasks,
    },
  ],
} as const;

/** A platform that is trusted by a name. */
export const trustPositional = {
  kind: 'tuple',
  parameters: [{ parse: text, brief: 'name', placeholder: 'NAME', proposeCompletions: knownTrusts }],
} as const;

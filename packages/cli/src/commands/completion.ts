/** completion: for shells. */
import { buildCommand } from '@stricli/core';
import { completionScripts } from '../completion/scripts.ts';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import { examples } from '../flags.ts';

type Shell = keyof typeof completionScripts;
const shells = Object.keys(completionScripts);
const isShell = (text: string): text is Shell => shells.includes(text);

function shell(text: string): Shell {
  if (isShell(text)) return text;
  throw usage(`${JSON.stringify(text)} is none of ${shells.join(', ')}.`);
}

export const completion = buildCommand<Record<never, never>, [Shell], Context>({
  docs: {
    brief: 'Print what your shell needs to complete commands, options, and names of your tasks',
    fullDescription: examples(
      'eval "$(gaiwan completion bash)"       # in ~/.bashrc',
      'eval "$(gaiwan completion zsh)"        # in ~/.zshrc, after compinit',
      'gaiwan completion fish | source        # in ~/.config/fish/config.fish',
    ),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ parse: shell, brief: 'shell', placeholder: 'SHELL', proposeCompletions: () => shells }],
    },
  },
  func(_flags, wanted) {
    print(this, false, {}, () => completionScripts[wanted]);
  },
});

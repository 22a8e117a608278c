/** A project as a platform registers it. */
import type { NewFunction } from '@gaiwan/client';
import { codeOf } from './build.ts';
import { readProject } from './project.ts';

export type ProjectDefinition = Omit<NewFunction, 'public' | 'userAllowlist' | 'usageQuota'>;

/** Of a folder. Reads the code as it is built. Throws `CliError`. */
export function definitionOfProject(
  path: string,
  named: { readonly name?: string | undefined; readonly description?: string | undefined } = {},
): ProjectDefinition {
  const project = readProject(path);
  return {
    name: named.name ?? project.name,
    description: named.description ?? project.description,
    executorType: project.executorType,
    payload: codeOf(project, false),
    arguments: [
      ...project.arguments.map((key) => ({ key, allowOverwrite: true })),
      ...Object.entries(project.fixed).map(([key, defaultValue]) => ({ key, defaultValue })),
    ],
    inputs: project.inputs,
    outputs: project.outputs,
  };
}

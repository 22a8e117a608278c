/** The plan of the packages, packages/plan.json: what each may import, and what is wrong where it says something else. */
import { readFileSync } from 'node:fs';
import { root } from './sources.ts';

export interface PlannedPackage {
  /** Imports lead from a higher layer to a lower one. */
  readonly layer: number;
  /** What it is, for README.md. */
  readonly sentence: string;
  /** Where to read on. */
  readonly docs?: string;
  /** Exactly the packages of ours that its sources import. */
  readonly imports: readonly string[];
  /** Of these, only such entry points, e.g. "@gaiwan/protocol/executor". Default: all of them. */
  readonly entries?: readonly string[];
  /** What its tests and test support import beside that. */
  readonly tests?: readonly string[];
}

/** A part of a package that may import less than the package. */
export interface Wall {
  /** Globs of files. */
  readonly files: readonly string[];
  readonly except?: readonly string[];
  /** Patterns of modules that they may not import. */
  readonly forbid: readonly string[];
  readonly why: string;
}

export interface Plan {
  readonly packages: Readonly<Record<string, PlannedPackage>>;
  readonly walls: readonly Wall[];
}

export function readPlan(): Plan {
  // The file is ours, and checkPlan looks at what matters.
  return JSON.parse(readFileSync(`${root}packages/plan.json`, 'utf8')) as Plan;
}

/** What is wrong with the plan itself, or with what packages declare beside it. */
export function faultsOf(
  { packages }: Plan,
  folders: readonly string[],
  manifestOf: (name: string) => Manifest,
): string[] {
  const planned = Object.keys(packages);
  const faults = [
    ...folders
      .filter((name) => !planned.includes(name))
      .map((name) => `packages/${name} is not in packages/plan.json`),
    ...planned
      .filter((name) => !folders.includes(name))
      .map((name) => `packages/plan.json has ${name}, and there is no such folder`),
  ];
  for (const [name, { layer, imports, entries = [] }] of Object.entries(packages)) {
    for (const below of imports) {
      const found = packages[below];
      if (found === undefined || found.layer >= layer)
        faults.push(`${name} imports ${below}, which is not in a lower layer`);
    }
    const odd = entries.find((entry) => !imports.some((below) => entry.startsWith(`@gaiwan/${below}`)));
    if (odd !== undefined) faults.push(`${name} may enter ${odd}, a package that it does not import`);
    if (!folders.includes(name)) continue;
    const declared = Object.keys(manifestOf(name).dependencies ?? {})
      .filter((key) => key.startsWith('@gaiwan/'))
      .map((key) => key.slice('@gaiwan/'.length));
    for (const one of declared)
      if (!imports.includes(one))
        faults.push(`${name}/package.json depends on ${one}, and the plan does not say so`);
    for (const one of imports)
      if (!declared.includes(one))
        faults.push(`the plan says that ${name} imports ${one}, and its package.json does not depend on it`);
  }
  return faults;
}

/** What matters here of a package.json. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Layers of packages, the highest first. */
export function layersOf({ packages }: Plan): string[][] {
  const layers = new Map<number, string[]>();
  for (const [name, { layer }] of Object.entries(packages))
    layers.set(layer, [...(layers.get(layer) ?? []), name]);
  return [...layers].sort(([a], [b]) => b - a).map(([, names]) => names);
}

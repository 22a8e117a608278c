/** functions attach, materials, sigstore-root, require-build: where code comes from. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Gaiwan, type MaterialKind, materialKinds } from '@gaiwan/client';
import { messageOf, systemCode } from '@gaiwan/errors';
import { buildCommand } from '@stricli/core';
import { ruleText } from '../code/build.ts';
import { keepRoots, requireBuildOf } from '../code/build-rules.ts';
import { functionPositional } from '../completion/positionals.ts';
import { type Context, print, table } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { examples, type Json, jsonFlag, positional, switchFlag, textFlag } from '../flags.ts';
import { asUser } from '../session.ts';
import { chosenTask } from '../task/which.ts';
import { chosenFunction } from '../task/which-function.ts';
import { readBytes } from '../terminal/secrets.ts';
import { isRemote } from './which-code.ts';

type Files = Readonly<Partial<Record<MaterialKind, string | undefined>>>;

interface AttachFlags extends Json, Files {
  readonly version?: string | undefined;
}

export const attach = buildCommand<AttachFlags, [string], Context>({
  docs: {
    brief: 'Say where the code of your function comes from: provenance, SBOM, source',
    fullDescription: `Those who are asked to approve it read it. Provenance is a Sigstore bundle of the build whose artifact is the function's code (the file
that was registered as its payload); the platform verifies it, and each reviewer does again.

${examples('gaiwan functions attach average --provenance average.sigstore.json --sbom average.cdx.json --source average-src.tar.gz')}`,
  },
  parameters: {
    flags: {
      provenance: textFlag('Sigstore bundle with SLSA provenance (JSON)', 'FILE'),
      sbom: textFlag('CycloneDX or SPDX (JSON)', 'FILE'),
      source: textFlag('Archive that the code was built from', 'FILE'),
      version: textFlag('Version (default: the present one)', 'HEX'),
      json: jsonFlag,
    },
    positional: functionPositional,
  },
  async func({ version: named, json, ...files }, given) {
    const contents = materialKinds.flatMap((kind) => {
      const path = files[kind];
      return path === undefined ? [] : [{ kind, content: readBytes(path) }];
    });
    if (contents.length === 0) throw usage('Name at least one of --provenance, --sbom, --source.');
    const attached = await asUser(this, async (client) => {
      const functionId = await chosenFunction(this, client, given);
      const version = named ?? (await client.functions.code(functionId)).version;
      for (const { kind, content } of contents)
        await client.functions.attach(functionId, { version, kind, content });
      return { functionId, version, kinds: contents.map(({ kind }) => kind) };
    });
    print(
      this,
      json === true,
      attached,
      () => `Attached ${attached.kinds.join(', ')} to version ${attached.version}.`,
    );
  },
});

interface MaterialsFlags extends Json {
  readonly out?: string | undefined;
}

export const materials = buildCommand<MaterialsFlags, [string], Context>({
  docs: {
    brief: 'What its owner has attached to the code of a task, or of a function',
    fullDescription: examples(
      'gaiwan functions materials task-5e0a...',
      'gaiwan functions materials task-5e0a... --out attached',
    ),
  },
  parameters: {
    flags: { out: textFlag('New folder to write them to', 'FOLDER'), json: jsonFlag },
    aliases: { o: 'out' },
    positional: positional('TASK_OR_FUNCTION'),
  },
  async func({ out, json }, name) {
    const { attached, contents } = await asUser(this, async (client, user) => {
      const id = isRemote(name) ? name : (await chosenTask(this, { client, user }, name)).id;
      const ask = await materialsOf(client, id);
      const { attached } = await ask();
      const found = await Promise.all(
        attached.map(async ({ kind }) => [kind, (await ask(kind)).content] as const),
      );
      return { attached, contents: out === undefined ? [] : found };
    });
    const paths = out === undefined ? undefined : writeMaterials(out, contents);
    print(this, json === true, { attached, ...(paths && { paths }) }, () => {
      if (attached.length === 0) return 'Its owner has attached nothing.';
      if (paths) return `Wrote ${paths.join(', ')} to ${out}.`;
      return table([
        ['what', 'bytes', 'SHA-256'],
        ...attached.map(({ kind, bytes, sha256 }) => [kind, String(bytes), sha256]),
      ]);
    });
  },
});

async function materialsOf({ tasks, functions }: Gaiwan, id: string) {
  if (!id.startsWith('function-')) return (kind?: MaterialKind) => tasks.material(id, kind);
  const { version } = await functions.code(id);
  return (kind?: MaterialKind) => functions.material(id, version, kind);
}

const fileNames: Readonly<Record<MaterialKind, string>> = {
  provenance: 'provenance.sigstore.json',
  sbom: 'sbom.json',
  source: 'source',
};

function writeMaterials(
  folder: string,
  contents: readonly (readonly [MaterialKind, Uint8Array | undefined])[],
): string[] {
  try {
    mkdirSync(folder);
    return contents.flatMap(([kind, content]) => {
      if (content === undefined) return [];
      writeFileSync(join(folder, fileNames[kind]), content, { flag: 'wx' });
      return [fileNames[kind]];
    });
  } catch (error) {
    const why =
      systemCode(error) === 'EEXIST'
        ? 'is there already, and nothing is overwritten: name a new folder.'
        : `cannot be written: ${messageOf(error)}`;
    throw new CliError('io', `${folder} ${why}`, { cause: error });
  }
}

export const sigstoreRoot = buildCommand<Json & { readonly off?: boolean | undefined }, [string?], Context>({
  docs: {
    brief: 'By which Sigstore roots provenance is verified on this machine',
    fullDescription: `The file is kept. Write it with "gh attestation trusted-root" or "cosign trusted-root create", over a connection that you trust.

${examples('gaiwan functions sigstore-root trusted_root.json', 'gaiwan functions sigstore-root --off')}`,
  },
  parameters: {
    flags: { off: switchFlag('Keep none'), json: jsonFlag },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'trusted root', placeholder: 'FILE', optional: true }],
    },
  },
  async func({ off, json }, path) {
    if ((path === undefined) === (off !== true)) throw usage('Give a file, or --off.');
    await keepRoots(this.env, path === undefined ? undefined : readBytes(path));
    print(this, json === true, { kept: path !== undefined }, () =>
      path === undefined
        ? 'No Sigstore root is kept: no provenance is verified here.'
        : 'Provenance is verified by these roots from now on.',
    );
  },
});

interface RuleFlags extends Json {
  readonly repository?: string | undefined;
  readonly workflow?: string | undefined;
  readonly ref?: string | undefined;
  readonly off?: boolean | undefined;
}

export const requireBuild = buildCommand<RuleFlags, [string], Context>({
  docs: {
    brief: 'Approve code of a function from here only if one repository’s workflow built it',
    fullDescription: `Whoever may push to that repository, and whatever its workflow can be made to run, is trusted with the code then: name a reference that is
protected there.

${examples(
  'gaiwan functions require-build average --repository https://github.com/example/average --workflow .github/workflows/release.yml --ref "refs/tags/*"',
  'gaiwan functions require-build average --off',
)}`,
  },
  parameters: {
    flags: {
      repository: textFlag('Its address, as provenance has it', 'URL'),
      workflow: textFlag('Path of the workflow in the repository', 'PATH'),
      ref: textFlag('Reference; may end with * (default: any)', 'REF'),
      off: switchFlag('Any build, or none'),
      json: jsonFlag,
    },
    positional: functionPositional,
  },
  async func({ repository, workflow, ref, off, json }, given) {
    const named = repository !== undefined && workflow !== undefined;
    if (named === (off === true)) throw usage('Name --repository and --workflow, or --off.');
    const rule = named
      ? { repository: repository.replace(/\/+$/, ''), workflow, ...(ref !== undefined && { ref }) }
      : undefined;
    const functionId = await asUser(this, (client) => chosenFunction(this, client, given));
    requireBuildOf(this.env, functionId, rule);
    print(this, json === true, { functionId, rule }, () =>
      rule
        ? `Code of ${functionId} is approved from here only from ${ruleText(rule)}.`
        : `Code of ${functionId} is approved from here whoever built it.`,
    );
  },
});

/** data: hand in, reserve, fetch. */
import { basename } from 'node:path';
import type { DataFilter } from '@gaiwan/client';
import { visible } from '@gaiwan/errors';
import type { Scheme } from '@gaiwan/files';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, collect, hex, note, print, table } from '../context.ts';
import { deletionText } from '../deletion-text.ts';
import { usage } from '../errors.ts';
import * as flag from '../flags.ts';
import { asUser } from '../session.ts';
import { chosenData } from '../task/which-data.ts';
import { type KeyFlags, keyForReading, keyForWriting, parseHex, schemes } from '../terminal/keys.ts';
import { ProgressBar } from '../terminal/progress.ts';

type Json = flag.Json;
const keyFlags = { scheme: flag.schemeFlag, keyFile: flag.keyFileFlag, iv: flag.ivFlag } as const;
const one = { flags: { json: flag.jsonFlag }, positional: flag.positional('DATA') } as const;

const upload = buildCommand<
  KeyFlags & Json & { readonly in: string; readonly name?: string | undefined },
  [],
  Context
>({
  docs: {
    brief: 'Encrypt a file here, upload the ciphertext and register it, in one step',
    fullDescription: `Prints the data id, the tag and the IV (made if not given). Broken connections are resumed.

${flag.examples('gaiwan data upload --scheme aes-gcm-256 --key-file list.key --in list.txt --name list.enc')}`,
  },
  parameters: {
    flags: {
      ...keyFlags,
      in: flag.requiredText('File to encrypt; - is standard input', 'FILE'),
      name: flag.textFlag("Stored name (default: the file's name)", 'NAME'),
      json: flag.jsonFlag,
    },
  },
  async func(flags) {
    const { isStandardInput } = await import('@gaiwan/files/node');
    if (flags.name === undefined && isStandardInput(flags.in))
      throw usage('Standard input has no name: give --name.');
    const key = keyForWriting(flags);
    const name = flags.name ?? basename(flags.in);
    const bar = new ProgressBar();
    const done = await asUser(this, (client) =>
      client.data
        .encryptAndUpload({ path: flags.in, name, key, onProgress: (...progress) => bar.update(...progress) })
        .finally(() => bar.end()),
    );
    const { dataId, tag, plaintextSize, size } = done;
    const iv = key.iv ? { iv: hex(key.iv) } : {};
    print(this, flags.json === true, { dataId, name, tag, ...iv, plaintextSize, size }, () =>
      [dataId, `tag  ${hex(tag)}`, ...(key.iv ? [`iv   ${hex(key.iv)}`] : [])].join('\n'),
    );
  },
});

const output = buildCommand<KeyFlags & Json & { readonly name: string }, [], Context>({
  docs: {
    brief: 'Reserve a place for a result, encrypted with your key',
    fullDescription: `A key and IV are good for one output: make a new IV (left out: one is made and printed) or key for each.

${flag.examples('gaiwan data output --scheme aes-gcm-256 --key-file result.key --name result.enc')}`,
  },
  parameters: {
    flags: { ...keyFlags, name: flag.requiredText('Stored name', 'NAME'), json: flag.jsonFlag },
  },
  async func(flags) {
    const key = keyForWriting(flags);
    const dataId = await asUser(this, (client) => client.data.createOutput({ name: flags.name, key }));
    const iv = key.iv ? { iv: hex(key.iv) } : {};
    print(this, flags.json === true, { dataId, name: flags.name, ...iv }, () =>
      [dataId, ...(key.iv ? [`iv   ${hex(key.iv)}`] : [])].join('\n'),
    );
  },
});

interface ListFlags extends Json {
  readonly inputs?: boolean | undefined;
  readonly outputs?: boolean | undefined;
  readonly name?: string | undefined;
  readonly written?: boolean | undefined;
}

const list = buildCommand<ListFlags, [], Context>({
  docs: {
    brief: 'List your data',
    fullDescription: flag.examples('gaiwan data list', 'gaiwan data list --outputs --written --name result'),
  },
  parameters: {
    flags: {
      inputs: flag.switchFlag('Inputs alone'),
      outputs: flag.switchFlag('Outputs alone'),
      name: flag.textFlag('Those whose stored names begin so', 'TEXT'),
      written: flag.switchFlag('Those that have content: inputs, and outputs that a task has written'),
      json: flag.jsonFlag,
    },
  },
  async func({ inputs, outputs, name, written, json }) {
    const filter: DataFilter = {
      ...(inputs !== outputs && { kind: inputs ? 'input' : 'output' }),
      namePrefix: name,
      written,
    };
    const items = await asUser(this, (client) => collect(client.data.listAll(filter)));
    const rows = items.map(({ dataId, name, schema, tag, owners }) => [
      dataId,
      name,
      schema,
      hex(tag) || '-',
      owners.join(','),
    ]);
    print(this, json === true, { items }, () => table([['id', 'name', 'scheme', 'tag', 'owners'], ...rows]));
  },
});

const show = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Owners and tag of an input or output',
    fullDescription: flag.examples('gaiwan data show input-9c1f...'),
  },
  parameters: one,
  async func({ json }, given) {
    const { dataId, owners, tag } = await asUser(this, async (client) => {
      const id = await chosenData(this, client, given);
      const { data } = client;
      const found = await (id.startsWith('output-') ? data.getOutput(id) : data.getInput(id));
      return { dataId: id, ...found };
    });
    print(this, json === true, { dataId, owners, tag }, () =>
      [dataId, `owners  ${owners.join(', ')}`, `tag     ${hex(tag) || '- (nothing written yet)'}`].join('\n'),
    );
  },
});

interface DownloadFlags extends Json {
  readonly keyFile: string;
  readonly iv?: string | undefined;
  readonly tag?: string | undefined;
  readonly out: string;
}

const download = buildCommand<DownloadFlags, [string], Context>({
  docs: {
    brief: 'Download and decrypt; nothing is released before it is authentic',
    fullDescription: flag.examples(
      'gaiwan data download output-77aa... --key-file result.key --iv 0011... --out result.txt',
    ),
  },
  parameters: {
    flags: {
      keyFile: flag.keyFileFlag,
      iv: flag.ivFlag,
      tag: flag.textFlag("Tag that it must have, e.g. of the task's result", 'HEX'),
      out: flag.requiredText('Where to write; - is standard output', 'FILE'),
      json: flag.jsonFlag,
    },
    positional: flag.positional('DATA'),
  },
  async func(flags, given) {
    const tag = flags.tag === undefined ? undefined : parseHex(flags.tag, 16, '--tag');
    const bar = new ProgressBar();
    const onProgress = (done: number, total: number) => bar.update('download', done, total);
    const { dataId, got } = await asUser(this, async (client) => {
      const { data } = client;
      const dataId = await chosenData(this, client, given);
      const scheme = schemeOf((await data.createDownload(dataId)).schema);
      const key = keyForReading({ ...flags, scheme });
      const downloading = data.download(dataId, flags.out, key, { ...(tag ? { tag } : {}), onProgress });
      return { dataId, got: await downloading.finally(() => bar.end()) };
    });
    const said = { dataId, tag: hex(got.tag), plaintextSize: got.plaintextSize, out: flags.out };
    const { goesToStandardOutput } = await import('@gaiwan/files/node');
    if (goesToStandardOutput(flags.out)) note(this, flags.json ? JSON.stringify(said) : `tag  ${said.tag}`);
    else
      print(
        this,
        flags.json === true,
        said,
        () => `Wrote ${got.plaintextSize} bytes to ${flags.out}; tag ${said.tag}.`,
      );
  },
});

function schemeOf(schema: string): Scheme {
  const scheme = schemes.find((known) => known === schema);
  if (!scheme)
    throw usage(`This data is stored as ${JSON.stringify(schema)}, which has no key to decrypt it with.`);
  return scheme;
}

const fusion = buildCommand<Json, string[], Context>({
  docs: {
    brief: 'Reserve an output that several own together',
    fullDescription: flag.examples('gaiwan data fusion alice bob'),
  },
  parameters: { flags: { json: flag.jsonFlag }, positional: flag.positionalList('OWNER', 2) },
  async func({ json }, ...owners) {
    const dataId = await asUser(this, (client) => client.data.fusion(owners));
    print(this, json === true, { dataId }, () => dataId);
  },
});

const fromOutput = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Use a written output as an input',
    fullDescription: flag.examples('gaiwan data from-output output-77aa...'),
  },
  parameters: one,
  async func({ json }, given) {
    const dataId = await asUser(this, async (client) =>
      client.data.fromOutput(await chosenData(this, client, given)),
    );
    print(this, json === true, { dataId }, () => dataId);
  },
});

const remove = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Delete an input or output, and its file',
    fullDescription: `Refused while a task that has not ended names it. Of what belongs to several, the last of them to say so deletes it. Its key and
IV stay taken. Prints what manifests have of its key and place.

${flag.examples('gaiwan data delete input-9c1f...')}`,
  },
  parameters: one,
  async func({ json }, given) {
    const { dataId, deletion } = await asUser(this, async (client) => {
      const id = await chosenData(this, client, given);
      return { dataId: id, deletion: await client.data.delete(id) };
    });
    print(this, json === true, { dataId, ...deletion }, () => visible(deletionText(deletion)));
  },
});

export const data = buildRouteMap({
  routes: { upload, output, list, show, download, fusion, fromOutput, delete: remove },
  docs: { brief: 'Data: hand in, reserve, fetch' },
});

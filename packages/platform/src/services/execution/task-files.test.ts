import { createHash } from 'node:crypto';
import { contentUrl } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import type { ApprovedFile } from './approved-files.ts';
import type { PlatformFiles } from './platform-files.ts';
import { RemoteFiles } from './task-files.ts';

const uuid = '11111111-1111-4111-8111-111111111111';
const content = Buffer.from('the content of a URL');
const file: ApprovedFile = {
  slot: 'in',
  id: `input-${uuid}`,
  url: contentUrl(createHash('sha256').update(content).digest('hex')),
  capability: 'cap',
};

/** Platform that has these bytes wherever it is asked. */
const giving = (bytes: Uint8Array, asked: string[] = []) =>
  new RemoteFiles(
    {
      get: async (url: string, capability: string) => {
        asked.push(url, capability);
        return (async function* () {
          yield bytes.subarray(0, 5);
          yield bytes.subarray(5);
        })();
      },
    } as unknown as PlatformFiles,
    [],
  );

async function read(files: RemoteFiles): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await files.fetch(file, new AbortController().signal)) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('the content of a data: URL', () => {
  it('is fetched from the blob that belongs to the input', async () => {
    const asked: string[] = [];
    expect(await read(giving(content, asked))).toBe(content.toString());
    expect(asked).toEqual([`blob://gaiwan/${uuid}/content`, 'cap']);
  });

  it('that is not what was approved ends in a fault', async () => {
    for (const bytes of [content.subarray(1), Buffer.from(content).fill('x', 3, 4), Buffer.alloc(0)])
      await expect(read(giving(bytes))).rejects.toMatchObject({ name: 'TaskFault', code: 'bad-file' });
  });
});

import { expect, it } from 'vitest';
import { Files } from '../files.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { loadEngine } from './engine.ts';
import { hostFunctions } from './host-functions.ts';

const engine = await loadEngine();

/** What the code gives, with the host's functions as `host`: as a function that has tampered with its prelude. */
function evaluate(code: string): unknown {
  const context = engine.newContext();
  const files = new Files(new MemoryFiles({ data: '\ufefftext' }, []));
  const host = hostFunctions(context, () => files);
  context.setProp(context.global, 'host', host);
  const value = context.unwrapResult(context.evalCode(code));
  const text = context.getString(value);
  for (const one of [value, host]) one.dispose();
  context.dispose();
  return JSON.parse(text);
}

it('nothing is kept of handles that are not open: a file opened later is read from its mark on', () => {
  const found = evaluate(`
    const refused = [];
    for (let handle = 0; handle < 20; handle++)
      for (const call of ['read', 'readText'])
        try { host[call](handle, 5) } catch (error) { refused.push(error.name) }
    host.read(0, 0);
    const handle = host.open('pdata');
    JSON.stringify({ refused: refused.length, handle, text: host.readText(handle) })`);
  expect(found).toEqual({ refused: 40, handle: expect.any(Number), text: 'ptext' });
});

it('a mark behind the start of a file is text', () => {
  const found = evaluate(`
    const handle = host.open('pdata');
    const none = host.read(handle, 0).byteLength;
    const first = host.readText(handle);
    const other = host.open('pdata');
    host.read(other, 3);
    JSON.stringify([none, first, host.readText(other)])`);
  expect(found).toEqual([0, 'ptext', 'ptext']);
});

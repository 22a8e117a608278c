import { expect, it } from 'vitest';
import { letGo } from './let-go.ts';

it('waits for a close, and for no longer than it may take', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events: string[] = [];
  const gone = letGo({ close: () => promise }).then(() => events.push('let go'));
  events.push('closed');
  resolve();
  await gone;
  expect(events).toEqual(['closed', 'let go']);
  await letGo({ close: () => new Promise(() => undefined) }, 10);
});

it('says why a close failed', async () => {
  await expect(letGo({ close: () => Promise.reject(new Error('why')) })).rejects.toThrow('why');
});

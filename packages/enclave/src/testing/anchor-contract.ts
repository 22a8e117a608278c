/** What every anchor must do. Run it with the test runner's `describe` and `it`. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { type Anchor, AnchorError, type AnchoredState } from '../anchor/anchor.ts';

export interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

export interface AnchorFixture {
  /** Opens the anchor; after a `close`, the same one again. */
  readonly open: () => Promise<Anchor>;
  /** Removes what the anchor left behind. */
  readonly dispose: () => Promise<void>;
}

const state = (epoch: number, commits: number, fill = commits): AnchoredState => ({
  epoch,
  commits,
  digest: new Uint8Array(32).fill(fill),
});
const isCode = (code: AnchorError['code']) => (error: unknown) =>
  error instanceof AnchorError && error.code === code;

const cases: Readonly<Record<string, (open: () => Promise<Anchor>) => Promise<void>>> = {
  'has nothing before something was anchored': async (open) => {
    equal(await (await open()).read(), undefined);
  },
  'has what was anchored last, also for who opens it again': async (open) => {
    const anchor = await open();
    await anchor.advance(undefined, state(1, 0));
    await anchor.advance(state(1, 0), state(1, 7));
    deepEqual(await anchor.read(), state(1, 7));
    await anchor.close();
    deepEqual(await (await open()).read(), state(1, 7));
  },
  'goes on from where the one before it was': async (open) => {
    const before = await open();
    await before.advance(undefined, state(1, 3));
    await before.close();
    const anchor = await open();
    await anchor.advance(state(1, 3), state(1, 4));
    deepEqual(await anchor.read(), state(1, 4));
  },
  'takes the largest numbers': async (open) => {
    const anchor = await open();
    const last = state(2 ** 31, Number.MAX_SAFE_INTEGER, 255);
    await anchor.advance(undefined, last);
    deepEqual(await anchor.read(), last);
  },
  'begins a new epoch, with fewer commits too': async (open) => {
    const anchor = await open();
    await anchor.advance(undefined, state(1, 9));
    await anchor.advance(state(1, 9), state(2, 4));
    deepEqual(await anchor.read(), state(2, 4));
  },
  'refuses to advance from another state than it has': async (open) => {
    const anchor = await open();
    await rejects(anchor.advance(state(1, 1), state(1, 2)), isCode('moved'));
    await anchor.advance(undefined, state(1, 5));
    await rejects(anchor.advance(undefined, state(1, 6)), isCode('moved'));
    await rejects(anchor.advance(state(1, 4), state(1, 6)), isCode('moved'));
    await rejects(anchor.advance(state(1, 5, 99), state(1, 6)), isCode('moved'));
    deepEqual(await anchor.read(), state(1, 5));
  },
  'refuses to go back, or to stay': async (open) => {
    const anchor = await open();
    await anchor.advance(undefined, state(2, 5));
    await rejects(anchor.advance(state(2, 5), state(2, 5, 99)), isCode('not-newer'));
    await rejects(anchor.advance(state(2, 5), state(2, 4)), isCode('not-newer'));
    await rejects(anchor.advance(state(2, 5), state(1, 6)), isCode('not-newer'));
    deepEqual(await anchor.read(), state(2, 5));
  },
  'lets one of two advance from the same state': async (open) => {
    const anchor = await open();
    await anchor.advance(undefined, state(1, 1));
    const both = await Promise.allSettled([
      anchor.advance(state(1, 1), state(1, 2)),
      anchor.advance(state(1, 1), state(1, 3)),
    ]);
    equal(both.filter(({ status }) => status === 'fulfilled').length, 1);
  },
};

/** Runs all of it, each case with a new anchor. */
export function anchorContract(runner: Runner, name: string, fixture: () => Promise<AnchorFixture>): void {
  runner.describe(`${name} as an anchor`, () => {
    for (const [title, body] of Object.entries(cases))
      runner.it(title, async () => {
        const { open, dispose } = await fixture();
        const opened: Anchor[] = [];
        try {
          await body(async () => {
            const anchor = await open();
            opened.push(anchor);
            return anchor;
          });
        } finally {
          await Promise.all(opened.map((anchor) => anchor.close()));
          await dispose();
        }
      });
  });
}

/** An anchor's steps in a TPM, cut off at each command, and with another process in between at each command. */
import type { KeyObject } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import { anchorSecret, unlockedAnchor } from '../testing/tpm-anchor.ts';
import { CutTransport, HeldUpTransport } from '../testing/tpm-transports.ts';
import { socketTransport, Tpm, type TpmTransport } from '../tpm2/index.ts';
import type { Anchor, AnchoredState } from './anchor.ts';
import { tpmAnchorKeys } from './tpm-record.ts';

const state = (commits: number, fill = commits): AnchoredState => ({
  epoch: 1,
  commits,
  digest: new Uint8Array(32).fill(fill),
});
const [s1, s2, s3] = [state(1), state(2), state(3)];
/** What two processes make of the same state. */
const [x, y, z] = [state(4, 101), state(4, 102), state(5, 103)];

if (noTpm) console.log(`SKIPPED: interrupted anchors in a TPM: ${noTpm}`);
describe.skipIf(noTpm)('an anchor in a TPM', () => {
  let machine: Swtpm;
  let wire: TpmTransport;
  let secret: KeyObject;
  beforeAll(async () => {
    machine = await Swtpm.start();
  });
  afterAll(async () => machine?.stop());
  beforeEach(async () => {
    wire = await socketTransport({ path: machine.socket });
    secret = anchorSecret();
  });
  afterEach(async () => {
    await forget();
    await wire.close();
  });

  /** All processes share one way to the TPM, command by command. */
  const whole = (): TpmTransport => new CutTransport(wire);
  const anchorOver = (transport: () => TpmTransport) =>
    unlockedAnchor(() => Promise.resolve(transport()), secret);
  const anchored = () => anchorOver(whole).read();

  async function forget(): Promise<void> {
    const tpm = new Tpm(whole());
    const { counter, records } = tpmAnchorKeys(secret);
    // Keys that a cut left behind: they go with power, or by the kernel's resource manager.
    for (const handle of await tpm.handles(0x80)) await tpm.flush(handle);
    for (const index of [counter, records]) if (await tpm.nv.publicArea(index)) await tpm.nv.undefine(index);
  }

  /** An anchor that has advanced so far, over a transport that can be changed. */
  async function holder(states: readonly AnchoredState[]) {
    let transport = whole;
    const anchor = anchorOver(() => transport());
    let from: AnchoredState | undefined;
    for (const to of states) {
      await anchor.advance(from, to);
      from = to;
    }
    const over = (next: () => TpmTransport): void => {
      transport = next;
    };
    return { anchor, from, over };
  }

  async function commandsOf(states: readonly AnchoredState[], to: AnchoredState, again: boolean) {
    const { anchor, from, over } = await begin(states, again);
    const counting = new CutTransport(wire);
    over(() => counting);
    await anchor.advance(from, to);
    await forget();
    return counting.sent;
  }

  /** `again`: by a process that started after the states were anchored. */
  async function begin(states: readonly AnchoredState[], again: boolean) {
    const made = await holder(states);
    return again ? { ...(await holder([])), from: made.from } : made;
  }

  it.each([
    { what: 'the first one', states: [], to: s1, again: false },
    { what: 'one of many', states: [s1, s2], to: s3, again: false },
    { what: 'the first one of a process that took over', states: [s1, s2], to: s3, again: true },
  ])('$what, cut off at any command, leaves one of two states, and goes on from it', async (given) => {
    const { states, to, again } = given;
    const commands = await commandsOf(states, to, again);
    const found = { before: 0, after: 0 };
    for (let at = 0; at < commands; at++)
      for (const carriedOut of [false, true]) {
        const { anchor, from, over } = await begin(states, again);
        over(() => new CutTransport(wire, { at, carriedOut }));
        await expect(anchor.advance(from, to)).rejects.toMatchObject({ code: 'unavailable' });
        const is = await anchored();
        expect([from, to], `command ${at} of ${commands}`).toContainEqual(is);
        found[is?.commits === to.commits ? 'after' : 'before']++;
        // The same process, and another one.
        over(whole);
        const next = state(9);
        await anchor.advance(is, next);
        expect(await anchored()).toEqual(next);
        await anchorOver(whole).advance(next, state(10));
        expect(await anchored()).toEqual(state(10));
        await forget();
      }
    console.log(`${given.what}: ${commands} commands, ${JSON.stringify(found)}`);
    expect(found.before).toBeGreaterThan(0);
    expect(found.after).toBeGreaterThan(0);
  });

  type Party = { readonly anchor: Anchor; over(next: () => TpmTransport): void };
  const outcome = (attempt: Promise<void>) =>
    attempt.then(
      () => 'done' as const,
      (error: { code: string }) => error.code,
    );

  interface Race {
    readonly slow: Party;
    readonly fast: Party;
    /** Before which command the slow one is held up. */
    readonly at: number;
    /** Whether the slow one is ended after that command. */
    readonly cut: boolean;
    /** How often the fast one advances. */
    readonly times: number;
  }

  /** One process is held up before a command of its advance, and another one advances meanwhile from the same state. */
  async function race({ slow, fast, at, cut, times }: Race) {
    let second = 'not begun';
    const held = new HeldUpTransport(wire, at, async () => {
      second = await outcome(fast.anchor.advance(s2, y));
      if (times === 2 && second === 'done') second = await outcome(fast.anchor.advance(y, z));
    });
    slow.over(() => (cut ? new CutTransport(held, { at: at + 1, carriedOut: false }) : held));
    const first = await outcome(slow.anchor.advance(s2, x));
    return { first, second, commands: held.sent };
  }
  const ways = [1, 2].flatMap((times) => [true, false].map((cut) => ({ times, cut })));

  it.each([
    { slowStarts: false, fastStarts: true },
    { slowStarts: true, fastStarts: false },
    { slowStarts: true, fastStarts: true },
  ])('is given to one of two processes at once, held up anywhere ($slowStarts, $fastStarts)', async (who) => {
    const advanced = { slow: 0, fast: 0 };
    let reached = 0;
    for (let at = 0; reached >= at; at++)
      for (const way of ways) {
        const made = await holder([s1, s2]);
        const slow = who.slowStarts ? await holder([]) : made;
        const fast = who.fastStarts ? await holder([]) : made;
        const { first, second, commands } = await race({ slow, fast, at, ...way });
        reached = commands;
        // Never both: what one acknowledged is not taken back.
        expect([first, second], `held up before command ${at}`).not.toEqual(['done', 'done']);
        const is = await anchored().catch((error: { code: string }) => error.code);
        const message = `before command ${at}, ${JSON.stringify(way)}`;
        if (first === 'done') expect(['unreadable', x], message).toContainEqual(is);
        if (second === 'done') expect(['unreadable', way.times === 2 ? z : y], message).toContainEqual(is);
        if (first === 'done') advanced.slow++;
        if (second === 'done') advanced.fast++;
        await forget();
      }
    console.log(`held up before each of ${reached} commands: ${JSON.stringify(advanced)}`);
    expect(advanced.fast).toBeGreaterThan(0);
  });

  it('is given to one of two processes that find nothing, held up anywhere', async () => {
    let reached = 0;
    for (let at = 0; reached >= at; at++)
      for (const cut of [true, false]) {
        const [slow, fast] = [await holder([]), await holder([])];
        let second = 'not begun';
        const held = new HeldUpTransport(wire, at, async () => {
          second = await outcome(fast.anchor.advance(undefined, y));
        });
        slow.over(() => (cut ? new CutTransport(held, { at: at + 1, carriedOut: false }) : held));
        const first = await outcome(slow.anchor.advance(undefined, x));
        reached = held.sent;
        expect([first, second], `held up before command ${at}`).not.toEqual(['done', 'done']);
        const is = await anchored().catch((error: { code: string }) => error.code);
        if (second === 'done') expect(['unreadable', y], `${at} ${cut}`).toContainEqual(is);
        if (first === 'done') expect(['unreadable', x], `${at} ${cut}`).toContainEqual(is);
        await forget();
      }
    expect(reached).toBeGreaterThan(15);
  });
});

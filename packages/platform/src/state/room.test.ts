import { expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { freeOn, Room } from './room.ts';

const disk = (free: number, reserve = 100) => {
  const state = { free, time: 0, looks: 0 };
  const room = new Room({
    free: async () => {
      state.looks++;
      return state.free;
    },
    reserve,
    clock: () => state.time,
  });
  return { state, room };
};
const full = expect.objectContaining({ code: 'disk-full' });

it('what is free beyond the reserve is given out once, whatever is under way', async () => {
  const { room, state } = disk(1100);
  const write = async () => {
    using _promise = await room.take(100);
    await Promise.resolve();
    state.free -= 100;
    await Promise.resolve();
  };
  const written = await Promise.allSettled(Array.from({ length: 30 }, write));
  expect(written.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect(state.free).toBe(100);
  await expect(room.take(1)).rejects.toEqual(full);
});

it('what was promised and not written is free again', async () => {
  const { room, state } = disk(1100);
  const promise = await room.take(1000);
  await expect(room.take(1)).rejects.toEqual(full);
  promise[Symbol.dispose]();
  state.time += limits.roomCheck.value;
  await room.take(1000);
});

it('nothing is taken while less than the reserve is free, not even nothing', async () => {
  const { room, state } = disk(100);
  await room.take(0);
  state.free = 99;
  state.time += limits.roomCheck.value;
  await expect(room.take(0)).rejects.toEqual(full);
});

it('room that was made is seen at once', async () => {
  const { room, state } = disk(0);
  await expect(room.take(1)).rejects.toEqual(full);
  state.free = 1000;
  await room.take(1);
});

it('the disk is not looked at for each call', async () => {
  const { room, state } = disk(10 ** 9);
  for (let n = 0; n < 100; n++) await room.take(1000);
  expect(state.looks).toBe(1);
  state.time += limits.roomCheck.value;
  await room.take(1);
  expect(state.looks).toBe(2);
});

it('a real folder has room', async () => {
  expect(await freeOn('/')()).toBeGreaterThan(0);
});

/**
 * The story of three banks that want to know what their common customers owe in total, without showing each other a
 * list: told by playing it against a real platform, through its public API, as four people who share nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { approveTask, describeTask, fetchResults, handInLists, invokeTask } from './computation.ts';
import { findPlatform, gatherPeople } from './setting.ts';
import type { RunningAddress, Stage } from './stage.ts';
import { bold, Story } from './story.ts';
import { showWhoCouldSee } from './who-could-see.ts';

export interface ThreeBanksOptions {
  /** A platform that runs; without it, one is started for the length of the story. */
  readonly against?: RunningAddress;
  /** Ends the story early and cleans up. */
  readonly signal?: AbortSignal;
}

export async function threeBanks({ against, signal }: ThreeBanksOptions = {}): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-three-banks-'));
  const closing: (() => Promise<void> | void)[] = [() => rm(folder, { recursive: true, force: true })];
  const cleanUp = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  const abort = () => void cleanUp().then(() => process.exit(130));
  signal?.addEventListener('abort', abort);
  try {
    await play({ story: new Story(), folder, atEnd: (close) => closing.push(close) }, against);
  } finally {
    signal?.removeEventListener('abort', abort);
    await cleanUp();
  }
}

async function play(stage: Stage, against: RunningAddress | undefined): Promise<void> {
  const { story } = stage;
  story.line(bold('Three banks'));
  story.line();
  story.line(
    'Alder, Birch and Cedar each have a list of customers and what they owe. They want to know what the',
  );
  story.line(
    'customers whom all three have in common owe in total. None will show its list to another, to the',
  );
  story.line('analyst who does the work, or to the operator of the machine that computes.');

  const platform = await findPlatform(stage, against);
  const cast = await gatherPeople(stage, platform, against === undefined);
  await handInLists(stage, cast);
  const taskId = await describeTask(stage, cast);
  await approveTask(stage, cast, taskId);
  await invokeTask(stage, cast, taskId);
  const totals = await fetchResults(stage, cast, taskId);
  await showWhoCouldSee(stage, cast, taskId, totals);
  story.times();
}

/**
 * The story of three banks that want to know what their common customers owe in total, without showing each other a
 * list: told by playing it against a real platform, through its public API, as four people who share nothing.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectOperator, invitePeople, openPlatform, type RunningPlatform, type Stage } from './cast.ts';
import {
  approveTask,
  describeTask,
  fetchResults,
  handInLists,
  invokeTask,
  showTotals,
  showWhoSees,
} from './scenes.ts';
import { bold, Story } from './story.ts';

export interface ThreeBanksOptions {
  /** A platform that runs; without it, one is started for the length of the story. */
  readonly against?: RunningPlatform;
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
    await play({ story: new Story(), folder, against, closing });
  } finally {
    signal?.removeEventListener('abort', abort);
    await cleanUp();
  }
}

async function play(stage: Stage): Promise<void> {
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

  const platform = await story.step('A platform', () => openPlatform(stage));
  const admin = await connectOperator(stage, platform);
  const cast = await story.step('Four people who share nothing', () => invitePeople(stage, platform, admin));
  await story.step('Each bank encrypts its list and hands it in', () => handInLists(story, cast));
  const taskId = await story.step('The analyst describes the computation', () => describeTask(story, cast));
  await story.step('Each looks at what it is asked to approve, and approves exactly that', () =>
    approveTask(story, cast, taskId),
  );
  const returned = await story.step('The analyst invokes the task', () => invokeTask(story, cast, taskId));
  story.says('analyst', `reads the summary: "${returned}"`);
  const totals = await story.step('Each bank fetches and decrypts its result', () =>
    fetchResults(story, cast, taskId),
  );
  showTotals(story, totals);
  await story.step('Who could see what', () => showWhoSees(story, cast, { taskId, totals }));
  story.times();
}

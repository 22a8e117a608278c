/** What the parts of the story share. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Gaiwan } from '@gaiwan/client';
import { PROGRAM } from '../program.ts';
import type { Address, Bank, Person } from './people.ts';
import type { Story } from './story.ts';

/** A platform that runs, and the password of its administrator. */
export type RunningAddress = Address & { readonly adminPassword: string };

export interface Stage {
  readonly story: Story;
  /** Of the whole story; each person has a folder in it. */
  readonly folder: string;
  /** Runs when the story is over, the last first. */
  readonly atEnd: (close: () => Promise<void> | void) => void;
}

export interface Cast {
  readonly admin: Gaiwan;
  readonly banks: readonly Bank[];
  readonly analyst: Person;
  readonly functionId: string;
}

/** The build copies them from examples/. */
export const LISTS: URL = pathToFileURL(join(PROGRAM, 'bundle/three-banks/'));

export const BANKS = [
  { name: 'alder', scheme: 'aes-gcm-128' },
  { name: 'birch', scheme: 'aes-gcm-256' },
  { name: 'cedar', scheme: 'teaclave-file-128' },
] as const;

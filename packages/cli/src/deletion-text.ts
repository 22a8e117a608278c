/** What a deletion has come to, for people. */
import type { Deletion } from '@gaiwan/client';
import { hex } from './context.ts';

export const deletionText = ({ deleted, waitingFor, digest }: Deletion): string =>
  deleted
    ? `Deleted. What it was: SHA-256 ${hex(digest)}`
    : `Noted. It is deleted when they have said so, too: ${waitingFor.join(', ')}.`;

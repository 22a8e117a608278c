/** How long whoever logs in stays logged in. */
import { numberFlag } from './flags.ts';

const DAY = 86_400;

export const tokenFlags = {
  tokenLife: numberFlag('Seconds for which a token holds (default: 86400, as with Teaclave)', 60, 30 * DAY),
} as const;

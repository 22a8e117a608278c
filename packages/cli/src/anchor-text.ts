/** What a start says about its anchor. */
import type { NamedAnchor } from '@gaiwan/platform';

/** What of the data a rollback of the whole folder could hide. */
export function anchorText(anchor: NamedAnchor | undefined): string {
  if (!anchor) return 'NONE: an older copy of the whole data folder would go unnoticed (--anchor)';
  return `${anchor.kind}, ${windowText(anchor.interval)}`;
}

/** @param interval in milliseconds; 0: before each answer */
export const windowText = (interval: number): string =>
  interval === 0
    ? 'before each answer'
    : `every ${interval / 1000} s: a rollback could hide as much, and what came while the anchor did not answer`;

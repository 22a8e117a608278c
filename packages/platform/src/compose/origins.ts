/** Origins that the operator allows for URLs outside of the platform. */
import { refuse } from '../errors.ts';

/** @throws PlatformError `bad-origin` for what is more, or less, than scheme, host and port. */
export function parseOrigin(text: string): string {
  const url = URL.parse(text);
  const bare = url && (url.pathname === '/' || url.pathname === '') && url.search === '';
  if (bare && (url.protocol === 'http:' || url.protocol === 'https:')) return url.origin;
  throw refuse(
    'bad-origin',
    `"${text}" is no origin: give scheme, host and port, e.g. https://files.example.com`,
  );
}

/** Throws `PlatformError` for a URL of any other origin. */
export const requireOriginOf =
  (allowed: readonly string[]) =>
  ({ origin }: URL): void => {
    if (allowed.includes(origin)) return;
    throw refuse(
      'url-not-allowed',
      `The operator has not allowed ${origin}: upload the file to the platform, or ask for --allow-url ${origin}.`,
    );
  };

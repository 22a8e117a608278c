import { refuse } from '../errors.ts';

/** Of scheme, host and port alone. Throws `PlatformError` (bad-origin). */
export function parseOrigin(text: string): string {
  const url = URL.parse(text);
  if (
    url &&
    ['http:', 'https:'].includes(url.protocol) &&
    (url.pathname === '/' || url.pathname === '') &&
    url.search === ''
  )
    return url.origin;
  throw refuse(
    'bad-origin',
    `"${text}" is no origin: give scheme, host and port, e.g. https://files.example.com`,
  );
}

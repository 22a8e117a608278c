/** Lists of what code is made of: a reviewer reads them with tools of its own; here they are held to being one. */
import { refuse } from '../../errors.ts';

/** CycloneDX (`bomFormat`) or SPDX (`spdxVersion`) in JSON. Throws `PlatformError` (bad-material). */
export function requireSbom(content: Uint8Array): void {
  const refused = (why: string, cause?: unknown) =>
    refuse('bad-material', `This is no SBOM: ${why}. CycloneDX and SPDX are taken, in JSON.`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch (error) {
    throw refused('it is no JSON', error);
  }
  const { bomFormat, spdxVersion } = (value ?? {}) as Record<string, unknown>;
  if (bomFormat === 'CycloneDX' || (typeof spdxVersion === 'string' && spdxVersion.startsWith('SPDX-')))
    return;
  throw refused('it is of no known kind');
}

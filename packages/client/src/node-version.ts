/** The Node that this package needs. An older one would say of each call that the connection broke. */
import { GaiwanError } from './errors.ts';

/** As `engines` of package.json says. */
const OLDEST = 24;

/** @throws {GaiwanError} unsupported-node */
export function requireNode(version: string): void {
  if (Number.parseInt(version, 10) >= OLDEST) return;
  const { platform, arch } = process;
  const once =
    platform === 'linux' && (arch === 'x64' || arch === 'arm64')
      ? `, or run: npx -p node-linux-${arch}@${OLDEST} node PROGRAM`
      : '';
  throw new GaiwanError(
    'unsupported-node',
    `@gaiwan/client needs Node ${OLDEST} or newer; this is ${version}. Install it (https://nodejs.org)${once}`,
  );
}

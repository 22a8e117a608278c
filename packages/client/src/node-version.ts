/** The Node that this package needs. An older one would say of each call that the connection broke. */
import { GaiwanError } from './errors.ts';

/** As `engines` of package.json says. */
const OLDEST = { major: 24, minor: 7 };

/** @throws {GaiwanError} unsupported-node */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  const { platform, arch } = process;
  const once =
    platform === 'linux' && (arch === 'x64' || arch === 'arm64')
      ? `, or run: npx -p node-linux-${arch}@${OLDEST.major} node PROGRAM`
      : '';
  throw new GaiwanError(
    'unsupported-node',
    `@gaiwan/client needs Node ${OLDEST.major}.${OLDEST.minor} or newer; this is ${version}. Install it (https://nodejs.org)${once}`,
  );
}

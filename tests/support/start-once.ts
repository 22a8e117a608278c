/**
 * A process that starts a service of the platform, closes it if it started, and then ends only if nothing is left open. Prints one line
 * of JSON. Arguments: the service, its options as JSON.
 */
import {
  startAttestationService,
  startAuthenticationService,
  startPlatform,
  startStorageService,
} from '@gaiwan/platform';

const report = (error: unknown): void => {
  throw error;
};
const services = {
  platform: startPlatform,
  attestation: startAttestationService,
  authentication: startAuthenticationService,
  storage: startStorageService,
};

const [name, text] = process.argv.slice(2);
const start = services[name as keyof typeof services] as (
  options: object,
) => Promise<{ close(): Promise<void> }>;
let result: object;
try {
  const running = await start({ ...(JSON.parse(text as string) as object), report });
  await running.close();
  result = { closed: true };
} catch (error) {
  result = { code: (error as { code?: string }).code };
}
process.once('beforeExit', () => console.log(JSON.stringify(result)));

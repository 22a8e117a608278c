/** demo: a story played against a real platform. */
import { buildCommand, buildRouteMap } from '@stricli/core';
import type { Context } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, textFlag } from '../flags.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { readSecret } from '../terminal/secrets.ts';
import { readTrust, type TrustFlags, trustFlags, trustFrom } from '../trust.ts';

interface DemoFlags extends TrustFlags {
  readonly against?: string | undefined;
  readonly auth?: string | undefined;
  readonly adminPasswordFile?: string | undefined;
}

const threeBanks = buildCommand<DemoFlags, [], Context>({
  docs: {
    brief: 'Three banks join their customer lists without showing them',
    fullDescription: `Without --against it starts a platform of its own on a simulated machine in a temporary folder, and removes it afterwards.
For a running platform say whom to trust, as for gaiwan login; the password of its administrator comes from
--admin-password-file, GAIWAN_ADMIN_PASSWORD or a prompt.

${examples(
  'gaiwan demo three-banks',
  'gaiwan demo three-banks --against https://localhost:7777 --simulation ./machine --policy policy.json',
)}`,
  },
  parameters: {
    flags: {
      against: textFlag('Frontend of a running platform', 'URL'),
      auth: textFlag('Its authentication address (default: the same host, port 7776)', 'URL'),
      ...trustFlags,
      adminPasswordFile: textFlag("File with the administrator's password", 'FILE'),
    },
  },
  async func(flags) {
    const against = flags.against === undefined ? {} : { against: await running(this, flags, flags.against) };
    const { threeBanks: play } = await import('../demo/three-banks.ts');
    await play({ ...against, signal: interruptSignal() });
  },
});

async function running({ env }: Context, flags: DemoFlags, frontend: string) {
  const trust = await trustFrom(await readTrust(flags));
  if (!URL.canParse(frontend))
    throw usage(`--against must be an address like https://localhost:7777, not ${frontend}.`);
  const authentication = flags.auth ?? `https://${new URL(frontend).hostname}:7776`;
  const adminPassword = await readSecret(env, {
    file: flags.adminPasswordFile,
    variable: 'GAIWAN_ADMIN_PASSWORD',
    prompt: "The administrator's password: ",
    option: 'admin-password-file',
  });
  return { authentication, frontend, trust, adminPassword };
}

export const demo = buildRouteMap({
  routes: { threeBanks },
  docs: { brief: 'Stories played on a real platform' },
});

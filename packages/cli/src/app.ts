/** The tree of commands. */
import { dictionary } from '@gaiwan/errors';
import {
  type Application,
  type ApplicationText,
  buildApplication,
  buildRouteMap,
  type Command,
  type RouteMap,
  text_en,
} from '@stricli/core';
import type { Context } from './context.ts';
import { formatError } from './errors.ts';
import { exitCodeFor, exitCodesHelp } from './exit-codes.ts';

type Loaded = Command<Context> | RouteMap<Context>;

/** Each is loaded only when it is asked for: to load them all takes longer than most of them run. */
const commands: Readonly<Record<string, () => Promise<Loaded>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  service: async () => (await import('./commands/service.ts')).service,
  reseal: async () => (await import('./commands/reseal.ts')).reseal,
  backup: async () => (await import('./commands/backup.ts')).backup,
  restore: async () => (await import('./commands/backup.ts')).restore,
  setAside: async () => (await import('./commands/set-aside.ts')).setAside,
  recover: async () => (await import('./commands/recover.ts')).recover,
  demo: async () => (await import('./commands/demo.ts')).demo,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  errors: async () => (await import('./commands/errors.ts')).errors,
  login: async () => (await import('./commands/login.ts')).login,
  logout: async () => (await import('./commands/login.ts')).logout,
  whoami: async () => (await import('./commands/login.ts')).whoami,
  trust: async () => (await import('./commands/trust.ts')).trust,
  keys: async () => (await import('./commands/keys.ts')).keys,
  users: async () => (await import('./commands/users.ts')).users,
  quota: async () => (await import('./commands/quota.ts')).quota,
  functions: async () => (await import('./commands/functions.ts')).functions,
  function: async () => (await import('./commands/function-project.ts')).functionProject,
  data: async () => (await import('./commands/data.ts')).data,
  ring: async () => (await import('./commands/ring.ts')).ring,
  tasks: async () => (await import('./commands/tasks.ts')).tasks,
  agreements: async () => (await import('./commands/agreements.ts')).agreements,
  encrypt: async () => (await import('./commands/crypt.ts')).encrypt,
  decrypt: async () => (await import('./commands/crypt.ts')).decrypt,
  keygen: async () => (await import('./commands/crypt.ts')).keygen,
  attest: async () => (await import('./commands/attest.ts')).attest,
  attestationService: async () => (await import('./commands/attestation-service.ts')).attestationService,
  evidence: async () => (await import('./commands/evidence.ts')).evidence,
  measure: async () => (await import('./commands/measure.ts')).measure,
  audit: async () => (await import('./commands/audit.ts')).audit,
  simulation: async () => (await import('./commands/simulation.ts')).simulation,
  completion: async () => (await import('./commands/completion.ts')).completion,
};

const docs = {
  brief: 'Gaiwan: compute together without showing each other the data',
  fullDescription: `Gaiwan: compute together without showing each other the data.

A first look:
  gaiwan demo three-banks                                   a story, on a platform of its own
  gaiwan simulation init ./machine                          a machine to try things out on
  gaiwan serve --data ./gaiwan-data --tee simulation --simulation ./machine
  gaiwan doctor                                             whether this host can run untrusted code
  gaiwan measure --policy > policy.json                     what such a platform must be
  gaiwan login --simulation ./machine --policy policy.json --user admin
  gaiwan errors CODE                                        what the code of an error means, and what to do
  gaiwan COMMAND --help                                     options and examples

Secrets come from files, prompts or the environment (GAIWAN_PASSWORD, GAIWAN_PASSWORD_FILE, GAIWAN_NEW_PASSWORD,
GAIWAN_ADMIN_PASSWORD, GAIWAN_RECOVERY_CODE, GAIWAN_RING_PASSPHRASE), never from options. GAIWAN_HOME: where the login and your keys are kept
(default: ~/.config/gaiwan).

${exitCodesHelp}`,
};

/**
 * The command of that name; all, in the order of the list, where there is none of that name. `--version` needs no command, but the library
 * takes no empty list.
 */
async function loadRoutes(name: string | undefined): Promise<Record<string, Loaded>> {
  const all = Object.entries(commands);
  const named = all.filter(([known]) => kebab(known) === name || known === name);
  const isVersion = name === '--version' || name === '-v';
  const wanted = isVersion ? all.slice(0, 1) : named.length > 0 ? named : all;
  return dictionary(await Promise.all(wanted.map(async ([known, load]) => [known, await load()] as const)));
}

/** What the first word can be. */
export const commandNames = (): string[] => Object.keys(commands).map(kebab);

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** For these arguments. With `--json` errors are JSON too. */
export async function buildApp(argv: readonly string[], version: string): Promise<Application<Context>> {
  const json = argv.includes('--json');
  const format = (error: unknown) => formatError(error, json);
  const text: ApplicationText = {
    ...text_en,
    exceptionWhileRunningCommand: format,
    exceptionWhileLoadingCommandFunction: format,
    commandErrorResult: format,
  };
  const root = buildRouteMap({ routes: await loadRoutes(argv[0]), docs });
  return buildApplication<Context>(root, {
    name: 'gaiwan',
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { onlyRequiredInUsageLine: true },
    localization: { text },
    determineExitCode: exitCodeFor,
  });
}

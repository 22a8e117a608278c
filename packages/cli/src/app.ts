/** The tree of commands. */
import { type ApplicationText, buildApplication, buildRouteMap, text_en } from '@stricli/core';
import { attest } from './commands/attest.ts';
import { attestationService } from './commands/attestation-service.ts';
import { audit } from './commands/audit.ts';
import { backup, restore } from './commands/backup.ts';
import { decrypt, encrypt, keygen } from './commands/crypt.ts';
import { data } from './commands/data.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { errors } from './commands/errors.ts';
import { evidence } from './commands/evidence.ts';
import { functionProject } from './commands/function-project.ts';
import { functions } from './commands/functions.ts';
import { login, logout, whoami } from './commands/login.ts';
import { measure } from './commands/measure.ts';
import { reseal } from './commands/reseal.ts';
import { serve } from './commands/serve.ts';
import { service } from './commands/service.ts';
import { simulation } from './commands/simulation.ts';
import { tasks } from './commands/tasks.ts';
import { users } from './commands/users.ts';
import type { Context } from './context.ts';
import { formatError } from './errors.ts';
import { exitCodeFor, exitCodesHelp } from './exit-codes.ts';

const root = buildRouteMap({
  routes: {
    serve,
    service,
    reseal,
    backup,
    restore,
    demo,
    doctor,
    errors,
    login,
    logout,
    whoami,
    users,
    functions,
    function: functionProject,
    data,
    tasks,
    encrypt,
    decrypt,
    keygen,
    attest,
    attestationService,
    evidence,
    measure,
    audit,
    simulation,
  },
  docs: {
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
GAIWAN_ADMIN_PASSWORD), never from options. GAIWAN_HOME: where the login is kept (default: ~/.config/gaiwan).

${exitCodesHelp}`,
  },
});

/** `json`: errors are to be JSON too. */
export function buildApp(json: boolean, version: string) {
  const format = (error: unknown) => formatError(error, json);
  const text: ApplicationText = {
    ...text_en,
    exceptionWhileRunningCommand: format,
    exceptionWhileLoadingCommandFunction: format,
    commandErrorResult: format,
  };
  return buildApplication<Context>(root, {
    name: 'gaiwan',
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { onlyRequiredInUsageLine: true },
    localization: { text },
    determineExitCode: exitCodeFor,
  });
}

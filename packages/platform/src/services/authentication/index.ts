/** The authentication service: sessions, and the users that have them. */
import { authentication, gaiwan } from '@gaiwan/protocol';
import type { KeySignatures } from '../../pipeline/key-signatures.ts';
import { Pipeline, type PipelineOptions } from '../../pipeline/pipeline.ts';
import { type PublicService, serve } from '../../pipeline/public-service.ts';
import type { Accounts, SystemClock } from '../../ports.ts';
import type { AuthenticationService } from './authentication.ts';
import { keyMethods } from './keys/methods.ts';
import { listMethods } from './lists.ts';
import { authenticationConventions, authenticationMethods } from './methods.ts';

export { AuthenticationService } from './authentication.ts';

/** Everything on the authentication port. */
export function authenticationServices(
  service: AuthenticationService,
  options: Pick<PipelineOptions, 'store' | 'access' | 'audit'> & {
    readonly clock: SystemClock;
    readonly accounts: Accounts;
    readonly signatures: KeySignatures;
  },
): PublicService[] {
  // No method here touches tasks.
  const events = { publish: () => undefined };
  const conventions = authenticationConventions;
  const pipeline = new Pipeline({ ...options, events, authenticator: service, conventions });
  const methods = authenticationMethods(service, options);
  return [
    serve<typeof authentication.TeaclaveAuthenticationApi, 'userLogin'>(
      authentication.TeaclaveAuthenticationApi,
      methods,
      pipeline,
    ),
    serve(gaiwan.KeyService, keyMethods(options), pipeline),
    serve(gaiwan.UserService, listMethods(options), pipeline),
  ];
}

/** TeaclaveAuthenticationApi over an `AuthenticationService`. */
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { authentication } from '@gaiwan/protocol';
import type { Caller } from '../../ports.ts';
import { addressKey } from '../../rpc/errors.ts';
import type { AuthenticationService } from './authentication.ts';

export function authenticationRoutes(service: AuthenticationService): (router: ConnectRouter) => void {
  const caller = (context: HandlerContext): Promise<Caller> =>
    service.authenticate(
      context.requestHeader.get('id') ?? '',
      context.requestHeader.get('token') ?? '',
      context.values.get(addressKey),
    );
  return (router) => {
    router.service(authentication.TeaclaveAuthenticationApi, {
      async userRegister(request, context) {
        await service.register(await caller(context), request);
        return {};
      },
      async userUpdate(request, context) {
        await service.update(await caller(context), request);
        return {};
      },
      userLogin: async ({ id, password }, context) => ({
        token: await service.login(id, password, context.values.get(addressKey)),
      }),
      async userChangePassword({ password }, context) {
        await service.changePassword(await caller(context), password);
        return {};
      },
      resetUserPassword: async ({ id }, context) => ({
        password: await service.resetPassword(await caller(context), id),
      }),
      async deleteUser({ id }, context) {
        await service.delete(await caller(context), id);
        return {};
      },
      listUsers: async ({ id }, context) => ({ ids: await service.list(await caller(context), id) }),
    });
  };
}

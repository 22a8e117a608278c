/** Reading the audit log (contract 3.11). */
import type { frontend } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { query } from '../../pipeline/method.ts';
import { wholePlatform } from '../../pipeline/spec.ts';
import { addressBytes } from '../../state/audit/address.ts';
import type { ManagementContext } from './context.ts';

type AuditMethods = Pick<Handlers<typeof frontend.TeaclaveFrontend>, 'queryAuditLogs'>;

export const auditMethods = ({ audit }: ManagementContext): AuditMethods => ({
  queryAuditLogs: query({
    action: 'QueryAuditLogs',
    resource: wholePlatform,
    run: async ({ request }) => {
      const wanted = request.limit > limits.auditPage.value ? limits.auditPage.value : Number(request.limit);
      const { entries } = await audit.search(request.query, {
        limit: wanted,
        most: limits.auditHorizon.value,
      });
      return {
        logs: entries.map(({ microsecond, address, user, message, result }) => ({
          microsecond: BigInt(microsecond),
          ip: addressBytes(address),
          user,
          message,
          result,
        })),
      };
    },
  }),
});

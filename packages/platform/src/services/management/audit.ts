/** Reading the audit log (contract 3.11). */
import type { frontend } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { query } from '../../pipeline/method.ts';
import { wholePlatform } from '../../pipeline/spec.ts';
import type { AuditEntry, AuditPage } from '../../ports.ts';
import { addressBytes } from '../../state/audit/address.ts';
import { beforeText } from '../../state/audit/query/index.ts';
import type { ManagementContext } from './context.ts';

type AuditMethods = Pick<Handlers<typeof frontend.TeaclaveFrontend>, 'queryAuditLogs'>;

/** A search may end before the log does. The answer says so, in a last entry, since the message has no other place for it. */
function horizonOf({ searched, oldest, next }: AuditPage): AuditEntry[] {
  if (!next || !oldest) return [];
  const { microsecond } = oldest;
  const date = new Date(Math.floor(microsecond / 1000)).toISOString();
  const message = `audit_horizon: ${searched} entries were searched, back to ${date}; for older ones write ${beforeText(next)} in front of the query`;
  return [{ microsecond, address: '', user: '', message, result: false }];
}

export const auditMethods = ({ audit }: ManagementContext): AuditMethods => ({
  queryAuditLogs: query({
    action: 'QueryAuditLogs',
    resource: wholePlatform,
    run: async ({ request }) => {
      const page = limits.auditPage.value;
      const limit = request.limit > page ? page : Number(request.limit);
      const found = await audit.search(request.query, { limit, most: limits.auditHorizon.value });
      const isFull = found.entries.length >= limit;
      const entries = isFull ? found.entries : [...found.entries, ...horizonOf(found)];
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

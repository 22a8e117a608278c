/** The management service: everything behind the frontend. */
import type { Management } from '../../ports.ts';
import { addressBytes } from '../../state/audit-log.ts';
import type { ManagementContext } from './context.ts';
import { blobMethods, dataMethods } from './data.ts';
import { functionMethods } from './functions.ts';
import { taskServiceMethods } from './task-service.ts';
import { taskMethods } from './tasks.ts';

export { StoredAuditLog } from '../../state/audit-log.ts';
export { taskResult } from '../../tasks/view.ts';
export type { ManagementContext } from './context.ts';

export function createManagement(context: ManagementContext): Management {
  return {
    frontend: {
      ...functionMethods(context),
      ...dataMethods(context),
      ...taskMethods(context),
      async queryAuditLogs(_caller, { query, limit }) {
        const entries = await context.audit.query(query, Number(limit));
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
    },
    data: blobMethods(context),
    tasks: taskServiceMethods(context),
  };
}

/** The management service: everything behind the frontend. */
import { frontend, gaiwan } from '@gaiwan/protocol';
import type { Handlers } from '../../pipeline/handlers.ts';
import { type ApiConventions, Pipeline, type PipelineOptions } from '../../pipeline/pipeline.ts';
import { type PublicService, serve } from '../../pipeline/public-service.ts';
import { agreementMethods } from './agreements.ts';
import { auditMethods } from './audit.ts';
import { blobMethods } from './blobs.ts';
import type { ManagementContext } from './context.ts';
import { dataMethods } from './data.ts';
import { functionMethods, functionServiceMethods } from './functions.ts';
import { storageMethods } from './storage.ts';
import { taskServiceMethods } from './task-service.ts';
import { taskMethods } from './tasks.ts';

export type { ManagementContext } from './context.ts';

/** The methods of the frontend's services. */
export interface Management {
  readonly frontend: Handlers<typeof frontend.TeaclaveFrontend>;
  readonly data: Handlers<typeof gaiwan.DataService>;
  readonly functions: Handlers<typeof gaiwan.FunctionService>;
  readonly storage: Handlers<typeof gaiwan.StorageService>;
  readonly tasks: Handlers<typeof gaiwan.TaskService>;
  readonly agreements: Handlers<typeof gaiwan.AgreementService>;
}

export const createManagement = (context: ManagementContext): Management => ({
  frontend: {
    ...functionMethods(context),
    ...dataMethods(context),
    ...taskMethods(context),
    ...auditMethods(context),
  },
  data: blobMethods(context),
  functions: functionServiceMethods(context),
  storage: storageMethods(context),
  tasks: taskServiceMethods(context),
  agreements: agreementMethods(context),
});

/** The frontend's: roles are looked at first, and a bad session has Teaclave's words for it (contract 1.8). */
export const frontendConventions: ApiConventions = {
  gate: true,
  codes: { 'authentication-failed': 'credentials-refused' },
};

/** Everything on the frontend's port. */
export function frontendServices(
  management: Management,
  options: Omit<PipelineOptions, 'conventions'>,
): PublicService[] {
  const pipeline = new Pipeline({ ...options, conventions: frontendConventions });
  return [
    serve(frontend.TeaclaveFrontend, management.frontend, pipeline),
    serve(gaiwan.DataService, management.data, pipeline),
    serve(gaiwan.FunctionService, management.functions, pipeline),
    serve(gaiwan.StorageService, management.storage, pipeline),
    serve(gaiwan.TaskService, management.tasks, pipeline),
    serve(gaiwan.AgreementService, management.agreements, pipeline),
  ];
}

/** The one decision function: Cedar policies from files, deny by default. */

import { readFileSync } from 'node:fs';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { dictionary } from '@gaiwan/errors';
import type { Subject } from '@gaiwan/protocol';
import type { Role } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import type { AccessControl, AccessQuestion, AccessResource } from '../../ports.ts';
import { DecisionCache } from './decision-cache.ts';

/** Beside the sources, which the package ships: the same path from src/ and dist/. */
const POLICY = new URL('../../../src/policy/', import.meta.url);
const SET = 'gaiwan';
const DENY_BY_DEFAULT = 'deny-by-default';

type EntityUid = { readonly type: string; readonly id: string };

/** A question as Cedar gets it. */
interface Asked {
  /** A gate asks of a role, whoever has it. */
  readonly caller: { readonly subject: Subject | undefined; readonly role: Role };
  readonly action: string;
  readonly type: string;
  readonly id: string;
  readonly attributes: Record<string, cedar.CedarValueJson>;
}

/** The files' texts; they are parameters so that a test can pass broken ones. */
export interface PolicyTexts {
  readonly policies: string;
  readonly schema: string;
}

export function readPolicies(): PolicyTexts {
  return {
    policies: readFileSync(new URL('gaiwan.cedar', POLICY), 'utf8'),
    schema: readFileSync(new URL('gaiwan.cedarschema', POLICY), 'utf8'),
  };
}

/**
 * Throws when the policies do not fit the schema, which the tests ask. A start does not: the texts are measured with the program, it would
 * take half a second and 30 MB, and a policy that asks for what is not there denies.
 */
export function validatePolicies({ policies, schema }: PolicyTexts): void {
  const checked = cedar.validate({
    schema,
    policies: { staticPolicies: byId(policies) },
    validationSettings: { mode: 'strict' },
  });
  const faults =
    checked.type === 'failure'
      ? checked.errors.map((error) => error.message)
      : checked.validationErrors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
  if (faults.length > 0) throw new Error(`the access-control policies are not valid: ${faults.join('; ')}`);
}

export class CedarAccessControl implements AccessControl {
  readonly #decisions = new DecisionCache();
  /** Which groups an action is in. */
  readonly #actions: ReadonlyMap<string, cedar.EntityJson>;

  /** Throws when policies or schema do not parse. */
  constructor({ policies, schema }: PolicyTexts = readPolicies()) {
    succeed(cedar.preparsePolicySet(SET, { staticPolicies: byId(policies) }));
    this.#actions = actionEntities(schema);
  }

  require(question: AccessQuestion): void {
    const denied = this.#deniedBy(question);
    if (denied === undefined) return;
    const { caller, action, resource } = question;
    const what = resource ? ` on ${resource.type.toLowerCase()} ${resource.id}` : '';
    const why = denied === DENY_BY_DEFAULT ? 'no policy permits it' : `policy "${denied}" forbids it`;
    throw refuse('access-denied', `${caller.id} (${caller.role.name}) may not ${action}${what}: ${why}.`, {
      policyId: denied,
    });
  }

  permits(question: AccessQuestion): boolean {
    return this.#deniedBy(question) === undefined;
  }

  #deniedBy({ caller, action, resource }: AccessQuestion): string | undefined {
    // Policies speak of attributes, not of one record's id; so records that are alike share a decision. A gate's
    // answer depends on role and action alone.
    const asked: Asked = resource
      ? {
          caller,
          action,
          type: resource.type,
          id: 'this',
          attributes: attributesOf(resource),
        }
      : {
          caller: { ...caller, subject: undefined },
          action,
          type: 'Platform',
          id: 'platform',
          attributes: {},
        };
    const { name, attribute } = caller.role;
    const question = [asked.caller.subject, name, attribute, action, asked.type, asked.id, asked.attributes];
    return this.#decisions.of(JSON.stringify(question), () => this.#ask(asked));
  }

  /** The id of the policy that denies; undefined where the answer is yes. */
  #ask({ caller, action, type, id, attributes: attrs }: Asked): string | undefined {
    const principal: EntityUid = { type: 'User', id: caller.subject ?? '' };
    const resource: EntityUid = { type, id };
    const actionEntity = this.#actions.get(action);
    if (!actionEntity) return 'unknown-action';
    const entities: cedar.EntityJson[] = [
      { uid: principal, attrs: roleAttributes(caller.role), parents: [] },
      actionEntity,
      { uid: resource, attrs, parents: [] },
    ];
    const answer = cedar.statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: action },
      resource,
      context: { id: caller.subject ?? '' },
      preparsedPolicySetId: SET,
      entities,
    });
    // Not an answer, or an evaluation error: closed.
    if (answer.type !== 'success' || answer.response.diagnostics.errors.length > 0) return 'policy-error';
    if (answer.response.decision === 'allow') return undefined;
    return answer.response.diagnostics.reason[0] ?? DENY_BY_DEFAULT;
  }
}

function roleAttributes(role: Role): Record<string, cedar.CedarValueJson> {
  return { role: role.name, attribute: role.attribute };
}

function attributesOf(resource: AccessResource): Record<string, cedar.CedarValueJson> {
  switch (resource.type) {
    case 'Data':
      return { owners: [...resource.owners] };
    case 'Function':
      return {
        owner: resource.owner,
        public: resource.public,
        disabledBy: resource.disabledBy ?? '',
        groups: [...resource.groups],
        people: [...resource.people],
      };
    case 'Task':
      return {
        creator: resource.creator,
        participants: [...resource.participants],
        logReaders: [...resource.logReaders],
      };
    case 'Account':
      return {
        ...roleAttributes(resource.role),
        subject: resource.subject ?? '',
        // A list of one or none: no group has the name that nobody has.
        invitedTo: resource.invitedTo === undefined ? [] : [resource.invitedTo],
        groupMadeBy: resource.groupMadeBy ?? '',
      };
  }
}

/** The schema's actions with the groups that they belong to. */
function actionEntities(schema: string): Map<string, cedar.EntityJson> {
  const parsed = cedar.schemaToJson(schema);
  if (parsed.type === 'failure')
    throw new Error(`the access-control schema does not parse: ${messages(parsed.errors)}`);
  const actions = Object.values(parsed.json).flatMap((namespace) => Object.entries(namespace.actions));
  return new Map(
    actions.map(([id, { memberOf }]) => [
      id,
      {
        uid: { type: 'Action', id },
        attrs: {},
        parents: (memberOf ?? []).map((group) => ({ type: 'Action', id: group.id })),
      },
    ]),
  );
}

/** Policies by their `@id`, so that a decision names them. */
function byId(text: string): Record<string, string> {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure')
    throw new Error(`the access-control policies do not parse: ${messages(parts.errors)}`);
  return dictionary(
    parts.policies.map((policy) => {
      const id = /@id\("([^"]+)"\)/.exec(policy)?.[1];
      if (id === undefined) throw new Error(`an access-control policy has no @id: ${policy.slice(0, 80)}`);
      return [id, policy];
    }),
  );
}

function succeed(answer: cedar.CheckParseAnswer): void {
  if (answer.type === 'failure')
    throw new Error(`the access-control policies do not parse: ${messages(answer.errors)}`);
}

const messages = (errors: readonly cedar.DetailedError[]) => errors.map(({ message }) => message).join('; ');

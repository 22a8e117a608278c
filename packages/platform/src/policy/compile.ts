/**
 * Makes of the texts beside this file what access control starts with: `npm run generate` writes it to `gen/policies.ts`, and a test
 * compares. No start does it: Cedar takes half a second of processor time to read the schema, and says the same each time.
 */
import { readFileSync } from 'node:fs';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { dictionary } from '@gaiwan/errors';
import type { CompiledPolicies } from './compiled.ts';

/** The files' texts; they are parameters so that a test can pass broken ones. */
export interface PolicyTexts {
  readonly policies: string;
  readonly schema: string;
}

/** The same path from src/ and from dist/. */
const FOLDER = new URL('../../src/policy/', import.meta.url);

export function readPolicies(): PolicyTexts {
  const read = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');
  return { policies: read('gaiwan.cedar'), schema: read('gaiwan.cedarschema') };
}

/**
 * Throws when the policies do not fit the schema, which the tests ask. A start does not: the policies are measured with the program, and one
 * that asks for what is not there denies.
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

/** Throws when policies or schema do not parse, or a policy has no `@id`. */
export function compilePolicies({ policies, schema }: PolicyTexts): CompiledPolicies {
  return { policies: byId(policies), actions: actionsOf(schema) };
}

/** The schema's actions with the groups that they belong to. */
function actionsOf(schema: string): Record<string, readonly string[]> {
  const parsed = cedar.schemaToJson(schema);
  if (parsed.type === 'failure')
    throw new Error(`the access-control schema does not parse: ${messages(parsed.errors)}`);
  const actions = Object.values(parsed.json).flatMap((namespace) => Object.entries(namespace.actions));
  return dictionary(actions.map(([id, { memberOf }]) => [id, (memberOf ?? []).map((group) => group.id)]));
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

const messages = (errors: readonly cedar.DetailedError[]) => errors.map(({ message }) => message).join('; ');

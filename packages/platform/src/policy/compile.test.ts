import { describe, expect, it } from 'vitest';
import { compilePolicies, readPolicies, validatePolicies } from './compile.ts';
import { compiledPolicies } from './gen/policies.ts';

describe('the policies that a start gets', () => {
  it('are what Cedar makes of gaiwan.cedar and gaiwan.cedarschema (npm run generate)', () => {
    const made = compilePolicies(readPolicies());
    expect(Object.keys(made.policies).length).toBeGreaterThan(10);
    expect(made.actions).toMatchObject({ GetTask: ['TakesPart'], TakesPart: [] });
    expect(compiledPolicies).toEqual(made);
  });
});

describe('policies', () => {
  it('fit the schema', () => {
    expect(() => validatePolicies(readPolicies())).not.toThrow();
  });

  it('that do not parse, have no id or do not fit the schema are refused', () => {
    const { policies, schema } = readPolicies();
    expect(() => compilePolicies({ policies: `${policies} permit(`, schema })).toThrow(/do not parse/);
    expect(() => compilePolicies({ policies, schema: `${schema} entity` })).toThrow(/does not parse/);
    expect(() => compilePolicies({ policies: 'permit(principal, action, resource);', schema })).toThrow(
      /no @id/,
    );
    const typo = '@id("x") permit(principal, action, resource is Task) when { resource.creater == "a" };';
    expect(() => validatePolicies({ policies: typo, schema })).toThrow(/not valid: x: /);
  });
});

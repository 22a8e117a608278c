import { describe, expect, it } from 'vitest';
import {
  attestationServiceRefusals,
  grpcStatuses,
  isWireRefusalCode,
  type WireRefusal,
  wireRefusalFamilies,
  wireRefusals,
} from './index.ts';

const rows = Object.entries<WireRefusal>(wireRefusals);

describe('refusals', () => {
  it('have one row each, in one family', () => {
    const codes = Object.values(wireRefusalFamilies).flatMap((family) => Object.keys(family));
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.sort()).toEqual(Object.keys(wireRefusals).sort());
  });

  it.each([...rows, ...Object.entries<WireRefusal>(attestationServiceRefusals)])(
    '%s says how it is sent, what it means and what to do',
    (code, { grpc, wire, http, meaning, remedy }) => {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(grpc ?? http).toBeDefined();
      if (wire !== undefined) expect(grpc).toBeDefined();
      for (const sentence of [meaning, remedy]) expect(sentence).toMatch(/^[A-Z"].{9,}[.]$/);
    },
  );

  it('of accounts are 16 in Teaclave’s contract, all of them', () => {
    for (const [code, { grpc }] of Object.entries(wireRefusalFamilies['Users, passwords, tokens']))
      expect([code, grpc]).toEqual([code, 'UNAUTHENTICATED']);
  });

  /** Contract 1.8: the texts that Teaclave's clients compare, byte for byte. */
  it('have texts of Teaclave’s contract, with its codes, and no other texts', () => {
    const texts = new Set(
      rows.flatMap(([, { grpc, wire }]) => (grpc && wire ? [`${grpcStatuses[grpc]} ${wire}`] : [])),
    );
    expect([...texts].sort()).toEqual(
      [
        '16 missing user id',
        '16 missing token',
        '16 authentication failed',
        '16 incorrent credential',
        '16 permission denied',
        '16 invalid user id',
        '16 invalid role',
        '16 user id exist',
        '7 permission denied',
        '3 invalid data id',
        '3 invalid output file',
        '3 invalid function id',
        '3 invalid task id',
        '3 invalid task',
        '2 failed to assign data to task',
        '2 failed to approve task',
        '2 failed to invoke task',
        '2 failed to cancel task, reason: task has already been canceled',
        '2 function quota has been used up',
        '13 service internal error',
        '13 invalid response',
        // A full disk, which Teaclave did not tell from any other failure.
        '8 service internal error',
      ].sort(),
    );
  });

  it('tells a code of a newer platform from its own', () => {
    expect(isWireRefusalCode('approvals-missing')).toBe(true);
    expect(isWireRefusalCode('toString')).toBe(false);
    expect(isWireRefusalCode('something-new')).toBe(false);
  });
});

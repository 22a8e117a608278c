/** What logging in leaves in the audit log, and on its connection. */
import { create, type DescMethod } from '@bufbuild/protobuf';
import { createContextValues } from '@connectrpc/connect';
import { authentication as wire } from '@gaiwan/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { callKey } from '../../rpc/call.ts';
import { addressKey } from '../../rpc/errors.ts';
import { NotedAudit } from '../../testing/audit.ts';
import { startedStore } from '../../testing/started-store.ts';
import { TestStore } from '../../testing/store.ts';
import { AuthenticationService } from './authentication.ts';
import { authenticationMethods } from './methods.ts';

const PASSWORD = 'a password';
let started: TestStore;
let test: TestStore;
let audit: NotedAudit;
/** Called where the connection shows who is at its other end. */
let know: ReturnType<typeof vi.fn>;
let login: (id: string, password: string) => Promise<unknown>;
beforeAll(async () => {
  started = await startedStore(PASSWORD);
});
afterAll(() => started.remove());
beforeEach(async () => {
  test = await TestStore.open(started);
  const { store, clock } = test;
  audit = new NotedAudit();
  const service = await AuthenticationService.open({ store, clock });
  const methods = authenticationMethods(service, { store, clock, audit, accounts: { end: () => undefined } });
  know = vi.fn();
  // Of a call, no method of this service's asks for more.
  const values = createContextValues()
    .set(addressKey, '10.0.0.7')
    .set(callKey, { know } as never);
  const rpc = (_method: DescMethod, run: unknown) => {
    login = (id, password) =>
      // It is a function of these, whatever its method.
      (run as (request: object, context: object) => Promise<unknown>)(
        create(wire.UserLoginRequestSchema, { id, password }),
        { values },
      );
  };
  methods.userLogin.register({ rpc } as never, wire.TeaclaveAuthenticationApi.method.userLogin, {
    readMaxBytes: 8192,
  } as never);
});
afterEach(() => test.close());

const line = { microsecond: expect.any(Number) as number, address: '10.0.0.7' };

it('a login is in it with its user', async () => {
  await login('admin', PASSWORD);
  expect(audit.entries).toEqual([
    {
      ...line,
      user: '{ user: admin, role: PlatformAdmin }',
      subject: expect.stringMatching(/^admin#/) as string,
      message: 'user_login',
      result: true,
    },
  ]);
});

it('a failed one names the account, and no name that nobody has', async () => {
  for (const [id, password] of [
    ['admin', 'wrong'],
    ['a password by mistake', PASSWORD],
    ['', PASSWORD],
    ['x'.repeat(1000), PASSWORD],
  ] as const)
    await expect(login(id, password)).rejects.toMatchObject({ code: 'authentication-failed' });
  expect(audit.entries).toEqual(
    ['{ user: admin }', '', '', ''].map((user) => ({
      ...line,
      user,
      message: 'user_login:authentication failed',
      result: false,
    })),
  );
  expect(audit.lines.every(({ from }) => from === 'stranger')).toBe(true);
  expect(JSON.stringify(audit.lines)).not.toMatch(/mistake|xxx/);
});

it('makes its connection known, and a failed one does not', async () => {
  await expect(login('admin', 'wrong')).rejects.toMatchObject({ code: 'authentication-failed' });
  expect(know).not.toHaveBeenCalled();
  await login('admin', PASSWORD);
  expect(know).toHaveBeenCalledOnce();
});

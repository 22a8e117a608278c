/** No method that anybody can call is outside of the pipeline: all services, from their descriptors. */
import { readdirSync, readFileSync } from 'node:fs';
import { create, type DescService } from '@bufbuild/protobuf';
import type { AttestedIdentity } from '@gaiwan/enclave';
import * as protocol from '@gaiwan/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refuse } from '../errors.ts';
import { type Audited, auditedMethods } from '../pipeline/audited.ts';
import { KeySignatures } from '../pipeline/key-signatures.ts';
import { command, isPublicMethod } from '../pipeline/method.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { type PublicService, serve, serveOpen } from '../pipeline/public-service.ts';
import { wholePlatform } from '../pipeline/spec.ts';
import { compiledPolicies } from '../policy/gen/policies.ts';
import type { Caller } from '../ports.ts';
import { evidenceService } from '../rpc/evidence.ts';
import { methodsWithLargestMessage } from '../rpc/largest-messages.ts';
import { type StateServiceOptions, stateService } from '../rpc/state.ts';
import { AuthenticationService, authenticationServices } from '../services/authentication/index.ts';
import { createManagement, frontendServices, type ManagementContext } from '../services/management/index.ts';
import { type Scheduler, workerService } from '../services/scheduler/index.ts';
import { storageService } from '../services/storage/index.ts';
import { OpenAccounts } from '../state/open-accounts.ts';
import { NotedAudit } from '../testing/audit.ts';
import { TestStore } from '../testing/store.ts';
import { subjectOf } from '../testing/subjects.ts';

/** Teaclave's inner services: nobody serves them here. */
const NOT_SERVED = [
  'teaclave_access_control_service_proto.TeaclaveAccessControl',
  'teaclave_authentication_service_proto.TeaclaveAuthenticationInternal',
  'teaclave_management_service_proto.TeaclaveManagement',
  'teaclave_scheduler_service_proto.TeaclaveScheduler',
];

/** Methods outside of authorisation, and why. Whoever adds one answers for it. */
const OPEN = {
  UserLogin: 'it makes the session that every other call has',
  GetEvidence: 'whoever is to trust a service judges its evidence before it says who it is',
  GetConnectionEvidence:
    'whoever is to trust a connection judges the evidence about it before it says who it is',
  GetState: 'a client asks whether the platform has all that it had, before it says who it is',
  Attach: 'its callers are workers, judged by their evidence when they connected',
  Get: 'its callers are services, judged by their evidence when they connected',
  Put: 'its callers are services, judged by their evidence when they connected',
  Delete: 'its callers are services, judged by their evidence when they connected',
  Enqueue: 'its callers are services, judged by their evidence when they connected',
  Dequeue: 'its callers are services, judged by their evidence when they connected',
  GetKeysByPrefix: 'its callers are services, judged by their evidence when they connected',
};

const nobody: Caller = {
  id: 'nobody',
  subject: subjectOf('nobody'),
  role: { name: 'PlatformAdmin', attribute: '' },
  address: '::1',
};
const touched: string[] = [];
const audit = new NotedAudit();
let stored: TestStore;
let services: PublicService[];
let frontend: PublicService[];

/** Notes that somebody reached for it. */
const trap = <T extends object>(name: string): T =>
  new Proxy({} as T, {
    get: (_target, member) => {
      touched.push(`${name}.${String(member)}`);
      throw new Error(`${name} is out of reach`);
    },
  });

beforeAll(async () => {
  stored = await TestStore.open();
  const { store, clock } = stored;
  const access = {
    require: () => {
      throw refuse('access-denied', 'nobody may do anything');
    },
    permits: () => false,
  };
  const context: ManagementContext = {
    store: trap('store'),
    scheduler: trap('scheduler'),
    events: trap('events'),
    blobs: trap('blobs'),
    audit: trap('audit'),
    access: trap('access'),
    holdings: trap('holdings'),
    ids: () => expect.fail('no id is wanted'),
    requireAllowedUrl: () => expect.fail('no URL is looked at'),
    taskLimits: trap('limits'),
    taskMaxima: trap('maxima'),
    retention: {},
  };
  frontend = frontendServices(createManagement(context), {
    store: trap('store'),
    clock,
    access,
    events: trap('events'),
    signatures: trap('signatures'),
    accounts: {
      hold: async () => ({ signal: new AbortController().signal, [Symbol.dispose]: () => undefined }),
    },
    authenticator: { authenticate: async () => nobody },
    audit,
  });
  const signatures = new KeySignatures({ clock, instance: '00'.repeat(32) });
  const authentication = await AuthenticationService.open({ store, clock });
  services = [
    ...frontend,
    ...authenticationServices(authentication, {
      store,
      clock,
      access,
      accounts: new OpenAccounts(store),
      signatures,
      audit,
    }),
    storageService(store),
    workerService(
      {} as Scheduler,
      () => Promise.resolve(),
      () => undefined,
    ),
    evidenceService({} as AttestedIdentity, '00'.repeat(32)),
    stateService({} as StateServiceOptions),
  ];
});
afterAll(() => stored.close());

const isService = (value: unknown): value is DescService =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'service';
const described = Object.values(protocol)
  .flatMap((file) => Object.values(file))
  .filter(isService);

describe('every service', () => {
  it('of the contracts is served with all its methods, or is none of ours', () => {
    expect(described.length).toBeGreaterThan(9);
    const names = new Map(services.map(({ name, methods }) => [name, methods]));
    for (const { typeName, methods } of described) {
      if (NOT_SERVED.includes(typeName)) continue;
      expect(
        names.get(typeName)?.map(({ method }) => method.name),
        typeName,
      ).toEqual(methods.map(({ name }) => name));
    }
    const served = described.map(({ typeName }) => typeName).filter((name) => !NOT_SERVED.includes(name));
    expect([...names.keys()].sort()).toEqual(served.sort());
  });

  it('consists of methods that command, query, stream or open made, open ones for a reason that stands here', () => {
    const all = services.flatMap(({ methods }) => methods);
    expect(all.filter(({ handler }) => !isPublicMethod(handler))).toEqual([]);
    const open = all.flatMap(({ method, handler }) =>
      handler.kind === 'open' ? [[method.name, handler.because] as const] : [],
    );
    expect(open).toHaveLength(Object.keys(OPEN).length);
    expect(Object.fromEntries(open)).toEqual(OPEN);
  });

  it('consists of methods that each have a largest message, and no other has one', () => {
    const names = services.flatMap(({ methods }) => methods.map(({ method }) => method.name));
    expect([...new Set(names)].sort()).toEqual([...methodsWithLargestMessage].sort());
  });

  it('asks for actions that policies know', () => {
    const known = new Set(Object.keys(compiledPolicies.actions));
    for (const { methods } of services)
      for (const { handler } of methods)
        if (handler.kind !== 'open') expect(known, handler.action).toContain(handler.action);
  });

  it('has a row for each method in the table of what is audited, which says what its maker does', () => {
    const all = services.flatMap(({ methods }) => methods);
    const rows = new Map<string, Audited>(Object.entries(auditedMethods));
    expect([...rows.keys()].sort()).toEqual([...new Set(all.map(({ method }) => method.name))].sort());
    for (const { method, handler } of all) {
      const row = rows.get(method.name);
      if (handler.kind === 'stream') expect(row, method.name).toBe('soon after its first answer');
      else if (handler.kind === 'unary') expect(row === 'in its commit', method.name).toBe(handler.commits);
      // The one that makes a session is audited by its service.
      else expect(typeof row === 'object' || method.name === 'UserLogin', method.name).toBe(true);
    }
  });
});

describe('a caller who may do nothing', () => {
  it('reaches nothing behind any method of the frontend, and each call leaves one line', async () => {
    let calls = 0;
    for (const { methods, pipeline } of frontend) {
      for (const { method, handler } of methods) {
        const incoming = {
          header: () => '',
          bytes: () => new Uint8Array(),
          address: '::1',
          signal: new AbortController().signal,
        };
        const request = create(method.input);
        const denied = expect.objectContaining({ code: 'access-denied' });
        if (handler.kind === 'unary')
          await expect(pipeline?.callUnary(handler, request, incoming), method.name).rejects.toEqual(denied);
        else if (handler.kind === 'stream')
          await expect(pipeline?.callStream(handler, request, incoming).next(), method.name).rejects.toEqual(
            denied,
          );
        expect(audit.lines.splice(0), method.name).toHaveLength(1);
        calls++;
      }
    }
    expect(calls).toBeGreaterThan(30);
    expect(touched).toEqual([]);
  });
});

describe('what is not made', () => {
  const pipeline = {} as Pipeline;
  const { TeaclaveStorage } = protocol.storage;
  const plain = Object.fromEntries(
    TeaclaveStorage.methods.map(({ localName }) => [localName, async () => ({})]),
  );

  it('is no method, for the compiler and at the start', () => {
    // @ts-expect-error A plain function is no method.
    expect(() => serveOpen(TeaclaveStorage, plain)).toThrow(/no handler is made/);
    const alike = { kind: 'open', because: '', register: () => undefined };
    const handlers = Object.fromEntries(Object.keys(plain).map((name) => [name, alike]));
    // @ts-expect-error What looks like one is none either.
    expect(() => serveOpen(TeaclaveStorage, handlers)).toThrow(/no handler is made/);
    // @ts-expect-error A service has all its methods.
    expect(() => serveOpen(TeaclaveStorage, {})).toThrow(/no handler is made/);
  });

  it('or asks for another method’s action is not served', () => {
    const get = command({ action: 'Put', resource: wholePlatform, run: () => ({ reply: {} }) });
    // @ts-expect-error An action is the name of its method.
    expect(() => serve(TeaclaveStorage, { ...plain, get }, pipeline)).toThrow(/asks for the action Put/);
  });

  it('is registered nowhere', () => {
    const source = new URL('../', import.meta.url);
    const registering = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .filter((file) => /\.(?:rpc|service)\(/.test(readFileSync(new URL(file, source), 'utf8')));
    expect(registering.sort()).toEqual(['pipeline/method.ts', 'rpc/mount.ts']);
  });
});

/** The library in headless Chromium, through WebCrypto: the conformance suite, and evidence made in the page. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { without } from '../support/peers.ts';

const chromium = await import('playwright-core').then(
  (driver) => driver.chromium,
  without('playwright-core'),
);
const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const shared = new URL('../../../shared/attestation/', import.meta.url);
const present = existsSync(shared);
if (executable === undefined)
  console.warn('SKIPPED: there is no Chromium on this machine: the library in a browser');
if (!present) console.warn('SKIPPED: shared/attestation is not on this machine: vectors in a browser');

const page = `
  import { runConformance } from '@gaiwan/attestation-kit/conformance';
  import { appraise, verify, VerificationCache } from '@gaiwan/attestation';
  import { FAKE_NOW, fakeAmd, fakeAws, fakeIntel, fakeTpm } from '@gaiwan/attestation-kit/machines';

  globalThis.conformance = async (folder, cached) => {
    const read = async (path) => {
      const response = await fetch('/' + folder + '/' + path);
      if (!response.ok) throw new Error(path + ': ' + response.status);
      return new Uint8Array(await response.arrayBuffer());
    };
    const lines = [];
    const cache = cached ? { cache: new VerificationCache() } : {};
    for await (const line of runConformance({ read, now: Date.parse('2026-12-01'), ...cache })) lines.push(line);
    return { failed: lines.filter(({ ok }) => !ok), count: lines.length };
  };

  globalThis.fakes = async () => {
    const [intel, amd, aws, tpm] = await Promise.all([fakeIntel(), fakeAmd(), fakeAws(), fakeTpm()]);
    const roots = { intel: [intel.root.der], amd: [amd.ark.der], aws: [aws.root.der] };
    const cases = [
      [await intel.quote(), await intel.endorsements('tdx')],
      [await amd.report(), await amd.endorsements()],
      [await aws.document(), {}],
    ];
    const verdicts = [];
    for (const [evidence, endorsements] of cases) {
      const good = await verify(evidence, endorsements, { at: FAKE_NOW, roots });
      const pinned = await verify(evidence, endorsements, { at: FAKE_NOW });
      const changed = Uint8Array.from(evidence);
      changed[evidence.length >> 1] ^= 1;
      const flipped = await verify(changed, endorsements, { at: FAKE_NOW, roots });
      verdicts.push([good.verdict, appraise(good, { anyMeasurement: true }).verdict, pinned.reason, flipped.verdict]);
    }
    return verdicts;
  };
`;

describe.skipIf(executable === undefined || chromium === undefined)('in headless Chromium', () => {
  let server: Server;
  let browser: Browser;
  let tab: Page;

  beforeAll(async () => {
    const bundle = await build({
      stdin: { contents: page, resolveDir: import.meta.dirname },
      bundle: true,
      format: 'esm',
      platform: 'browser',
      write: false,
    });
    const script = bundle.outputFiles[0]?.text ?? '';
    server = createServer((request, response) => {
      const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
      if (path === '/')
        response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
      else if (path === '/page.js') response.setHeader('content-type', 'text/javascript').end(script);
      else if (
        /^\/vectors(-tpm)?\/[\w.\-/]+$/.test(path) &&
        !path.includes('..') &&
        existsSync(new URL(`.${path}`, shared))
      ) {
        response.end(readFileSync(new URL(`.${path}`, shared)));
      } else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // WebCrypto is there for secure contexts only; localhost is one.
    const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
    if (chromium === undefined || executable === undefined) return;
    browser = await chromium.launch({
      executablePath: executable,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    tab = await browser.newPage();
    await tab.goto(url, { waitUntil: 'load' });
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  const run = async <T>(expression: string): Promise<T> => (await tab.evaluate(expression)) as T;

  it('verifies evidence of fake machines, and refuses what was changed', async () => {
    for (const verdicts of await run<string[][]>('fakes()')) {
      expect(verdicts).toEqual(['verified', 'accepted', 'untrusted-root', 'refused']);
    }
  });

  it.skipIf(!present).each([
    ['vectors', false, 285],
    ['vectors-tpm', true, 17],
  ])('%s: every vector is right (cached: %s)', async (folder, cached, count) => {
    expect(await run(`conformance('${folder}', ${cached})`)).toEqual({ failed: [], count });
  });
});

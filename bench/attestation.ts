/**
 * Verification of evidence with endorsements in memory: ours with node:crypto and with WebCrypto, uncached and cached,
 * beside the other libraries of the ecosystem and beside the bare signature checks, in turn in the same run.
 */
import { generateKeyPairSync, type KeyObject, sign, verify as verifySignature } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VerificationCache, type VerifyOptions, verify } from '@gaiwan/attestation';
import { crypto as webCrypto } from '@gaiwan/attestation/webcrypto';
import * as phala from '@phala/dcap-qvl';
import initWeb, { js_verify as phalaWeb } from '@phala/dcap-qvl-web';
import { type Case, cases } from './attestation-data.ts';
import { phalaCollateral } from './phala.ts';
import { quantile } from './stats.ts';

const WARM_UP = 4;
const ROUNDS = 16;
/** Runs of one contender before it is the next one's turn: nobody pays for the garbage and the cold caches of another. */
const BATCH = 10;

type Contender = readonly [name: string, run: () => unknown];

/** Bare checks of signatures by keys that are already imported. */
function floorOf({ floor }: Case): () => void {
  const kinds: Record<keyof Case['floor'], () => { publicKey: KeyObject; privateKey: KeyObject }> = {
    p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    rsa4096: () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  };
  const message = new Uint8Array(1000);
  const checks = Object.entries(floor).flatMap(([kind, count]) =>
    Array.from({ length: count }, () => {
      const { publicKey, privateKey } = kinds[kind as keyof Case['floor']]();
      const hash = kind === 'p256' ? 'sha256' : 'sha384';
      const signature = sign(hash, message, privateKey);
      return () => verifySignature(hash, message, publicKey, signature);
    }),
  );
  return () => {
    for (const check of checks) if (!check()) throw new Error('a signature does not verify');
  };
}

function peers(given: Case): Contender[] {
  if (given.evidence.kind !== 'dcap' || !given.real) return [];
  const { quote } = given.evidence;
  const collateral = phalaCollateral(given.endorsements);
  const seconds = Math.floor(given.at / 1000);
  const list: Contender[] = [
    ['@phala/dcap-qvl 0.3.9', () => phala.verify(quote, collateral as never, seconds)],
    ['@phala/dcap-qvl-web 0.3.3', () => phalaWeb(quote, collateral, BigInt(seconds)) as unknown],
  ];
  return list.filter(([name, run]) => {
    try {
      run();
      return true;
    } catch (error) {
      console.log(
        `  ${name} refuses this evidence: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
  });
}

function ours(given: Case): Contender[] {
  const once = (more: Partial<VerifyOptions>) => async () => {
    const result = await verify(given.evidence, given.endorsements, {
      at: given.at,
      roots: given.roots,
      ...more,
    });
    if (result.verdict !== 'verified') throw new Error(`${given.name}: ${result.reason}: ${result.message}`);
  };
  return [
    ['node:crypto', once({})],
    ['node:crypto, cached', once({ cache: new VerificationCache() })],
    ['WebCrypto', once({ crypto: webCrypto })],
    ['WebCrypto, cached', once({ crypto: webCrypto, cache: new VerificationCache() })],
  ];
}

async function measure(given: Case): Promise<void> {
  const contenders: Contender[] = [['floor', floorOf(given)], ...ours(given), ...peers(given)];
  const times = new Map<string, number[]>(contenders.map(([name]) => [name, []]));
  // In turn, so that a change of the machine's mood meets all alike.
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [name, run] of contenders) {
      for (let turn = -2; turn < BATCH; turn++) {
        const started = performance.now();
        await run();
        if (round >= 0 && turn >= 0) times.get(name)?.push(performance.now() - started);
      }
    }
  }
  const median = (name: string) =>
    quantile(
      (times.get(name) ?? []).sort((a, b) => a - b),
      0.5,
    );
  const floor = median('floor');
  const { p256, p384, rsa4096 } = given.floor;
  const counts = [`${p256} P-256`, `${p384} P-384`, `${rsa4096} RSA-4096`].filter(
    (part) => !part.startsWith('0 '),
  );
  console.log(`${given.name}: floor, ${counts.join(' and ')} by node:crypto: ${floor.toFixed(3)} ms`);
  for (const [name] of contenders.slice(1)) {
    console.log(
      `  ${name.padEnd(28)} ${median(name).toFixed(3).padStart(8)} ms   ${(median(name) / floor).toFixed(2)} of the floor`,
    );
  }
  const others = contenders.slice(5).map(([name]) => median(name));
  const own = median('node:crypto');
  const parts = [`<= ${given.target} ms: ${own <= given.target}`];
  if (given.cachedTarget !== undefined) {
    parts.push(`cached <= ${given.cachedTarget} ms: ${median('node:crypto, cached') <= given.cachedTarget}`);
  }
  if (others.length > 0) {
    const ratio = Math.min(...others) / own;
    parts.push(`>= 6x the faster peer: ${ratio >= 6} (${ratio.toFixed(1)}x)`);
  }
  console.log(`  targets: ${parts.join('; ')}`);
}

export async function run(): Promise<void> {
  console.log(`attestation: one verification, endorsements in memory; median of ${ROUNDS * BATCH}`);
  const wasm = readFileSync(fileURLToPath(import.meta.resolve('@phala/dcap-qvl-web/dcap-qvl-web_bg.wasm')));
  await initWeb({ module_or_path: wasm });
  for (const given of await cases()) await measure(given);
}

if (import.meta.main) await run();

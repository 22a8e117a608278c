/**
 * Makes the three customer lists of this folder. The same seed gives the same files, byte for byte:
 *
 *     npx -c 'node examples/three-banks/generate.ts'
 *
 * Each line is `name, born : credit in EUR`, as `builtin-private-join-and-compute` reads it.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SEED = 20260917;
const CUSTOMERS = 13_000;
/** How many customers each bank has. */
export const banks = { alder: 6_200, birch: 5_800, cedar: 5_400 } as const;

const given =
  'Ada Amir Anna Beatriz Ben Carla Chen Dana David Elena Emil Fatima Felix Grace Hana Hugo Ines Ivan Jana Jonas Kai Karin Lea Luis Maja Marco Mei Nadia Nils Olga Omar Paula Pavel Rosa Samir Sara Tariq Theo Uma Vera Viktor Wei Yara Zoe'.split(
    ' ',
  );
const family =
  'Abel Adler Baumann Berger Castro Chandra Costa Dahl Dietrich Egger Eriksen Farkas Fischer Gallo Garcia Haas Hoffmann Ito Jansen Jensen Kaya Keller Klein Kovacs Lang Lindgren Lopez Maier Meyer Moreau Nakamura Novak Okafor Olsen Petrov Popescu Quispe Rossi Sato Schmid Silva Tanaka Toth Ueda Vogel Weber Weiss Yilmaz Zeller Zhang'.split(
    ' ',
  );

/** mulberry32: a small generator with a 32-bit seed; good enough for made-up people. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function makeLists(seed = SEED): Map<keyof typeof banks, string> {
  const random = generator(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const people = new Set<string>();
  while (people.size < CUSTOMERS) {
    const born = `${1940 + below(66)}-${String(1 + below(12)).padStart(2, '0')}-${String(1 + below(28)).padStart(2, '0')}`;
    people.add(`${given[below(given.length)]} ${family[below(family.length)]}, ${born}`);
  }
  const everybody = [...people];
  const lists = new Map<keyof typeof banks, string>();
  for (const [bank, size] of Object.entries(banks) as [keyof typeof banks, number][]) {
    // A fresh shuffle each: the banks' lists overlap as chance wants and stand in different orders.
    for (let i = everybody.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [everybody[i], everybody[j]] = [everybody[j] as string, everybody[i] as string];
    }
    const lines = everybody.slice(0, size).map((person) => `${person} : ${100 * (1 + below(2_500))}`);
    lists.set(bank, `${lines.join('\n')}\n`);
  }
  return lists;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [bank, text] of makeLists()) {
    writeFileSync(new URL(`bank-${bank}.txt`, import.meta.url), text);
  }
}

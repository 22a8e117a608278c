/** The packages as a drawing: layers from top to bottom, an arrow for each import that no other path of imports implies. */
import { layersOf, type Plan } from './plan.ts';

const [WIDTH, HEIGHT, GAP, ROW] = [136, 40, 24, 104];
const MARGIN = 24;

/** Packages that `name` reaches by its imports, directly or not. */
function reachable({ packages }: Plan, name: string): Set<string> {
  const found = new Set<string>();
  const visit = (one: string) => {
    for (const next of packages[one]?.imports ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(name);
  return found;
}

/** Imports that say something new: those that a lower import reaches anyway are left out. */
function arrowsOf(plan: Plan): [from: string, to: string][] {
  return Object.entries(plan.packages).flatMap(([from, { imports }]) =>
    imports
      .filter((to) => !imports.some((other) => other !== to && reachable(plan, other).has(to)))
      .map((to): [string, string] => [from, to]),
  );
}

/** An SVG that reads on a light and on a dark page. */
export function picture(plan: Plan): string {
  const layers = layersOf(plan);
  const widest = Math.max(...layers.map(({ length }) => length));
  const width = widest * (WIDTH + GAP) - GAP + 2 * MARGIN;
  const height = (layers.length - 1) * ROW + HEIGHT + 2 * MARGIN;
  const places = new Map(
    layers.flatMap((names, row) => {
      const left = (width - (names.length * (WIDTH + GAP) - GAP)) / 2;
      return names.map((name, column): [string, { x: number; y: number }] => [
        name,
        { x: left + column * (WIDTH + GAP), y: MARGIN + row * ROW },
      ]);
    }),
  );
  const arrows = arrowsOf(plan).flatMap(([from, to]) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (!a || !b) return [];
    const [x1, y1, x2, y2] = [a.x + WIDTH / 2, a.y + HEIGHT, b.x + WIDTH / 2, b.y - 5];
    const middle = (y1 + y2) / 2;
    return [
      `  <path class="arrow" d="M${x1} ${y1} C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}" marker-end="url(#head)"/>`,
    ];
  });
  const boxes = [...places].map(
    ([name, { x, y }]) =>
      `  <rect class="box" x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="6"/>\n  <text x="${x + WIDTH / 2}" y="${y + HEIGHT / 2}">${name}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '  <title>The packages in layers, with an arrow for each import</title>',
    '  <style>',
    '    .box { fill: #f3efe6; stroke: #6b5b3e; }',
    '    .arrow { fill: none; stroke: #8a8f98; stroke-width: 1.5; }',
    '    text { font: 14px system-ui, sans-serif; fill: #2b2418; text-anchor: middle; dominant-baseline: central; }',
    '  </style>',
    '  <defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#8a8f98"/></marker></defs>',
    ...arrows,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

/** Writes docs/functions/README.md from the catalogue of built-in functions (`npm run docs`). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { catalogue, catalogueMarkdown } from '@gaiwan/catalogue';

const folder = new URL('../docs/functions/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('README.md', folder), catalogueMarkdown(catalogue.values()));

/** Writes the pages of docs/ that are generated from the source (`npm run docs`). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { catalogue, catalogueMarkdown } from '@gaiwan/catalogue';
import { errorsPage } from './docs/errors-page.ts';
import { fromTeaclavePage } from './docs/from-teaclave-page.ts';
import { limitsPage } from './docs/limits-page.ts';
import { tasksPage } from './docs/tasks-page.ts';

const docs = new URL('../docs/', import.meta.url);
mkdirSync(new URL('functions/', docs), { recursive: true });
writeFileSync(new URL('functions/README.md', docs), catalogueMarkdown(catalogue.values()));
writeFileSync(new URL('errors.md', docs), await errorsPage());
writeFileSync(new URL('limits.md', docs), await limitsPage());
writeFileSync(new URL('tasks.md', docs), tasksPage());
writeFileSync(new URL('from-teaclave.md', docs), fromTeaclavePage());

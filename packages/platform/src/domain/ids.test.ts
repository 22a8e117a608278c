import { expect, it } from 'vitest';
import { parseId } from './ids.ts';

const uuid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
const id = `task-${uuid}`;

it.each([
  [id, id],
  [`task-${uuid.toUpperCase()}`, id],
  [`task-${uuid.replaceAll('-', '')}`, id],
  [`task-urn:uuid:${uuid}`, id],
  [`task-{${uuid}}`, id],
  [`input-${uuid}`, undefined],
  [uuid, undefined],
  ['task-', undefined],
  ['', undefined],
  [`task-${uuid}0`, undefined],
  [`task-../${uuid}`, undefined],
  [`task-${'-'.repeat(90)}${uuid}`, undefined],
])('%s', (text, expected) => {
  expect(parseId(text, 'task')).toBe(expected);
});

import { expect, it } from 'vitest';
import { sourceOfPath } from '../../../renderer/features/images/import-item.ts';

it('keeps the whole name of a file that is opened, whatever characters are in it', () => {
  expect(sourceOfPath('/isos/lab #2 50%?.iso').fileName).toBe('lab #2 50%?.iso');
});

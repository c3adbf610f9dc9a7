import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../contract/error-codes.ts';
import { asBootbenchError, BootbenchError, errorBody } from '../../../contract/errors.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it('lists every code with its title and next step, and no other', () => {
    const rows = [...page.matchAll(/^\| `(E_[A-Z0-9_]+)` \| (.+?) \| (.+?) \|$/gm)].map(([, code, title, next]) => [code, title, next]);
    expect(rows).toEqual(Object.entries(ERRORS).map(([code, { title, next }]) => [code, title, next]));
  });

  it('has sentences for next steps', () => {
    for (const { next } of Object.values(ERRORS)) expect(next).toMatch(/[.:>]$|=\d+$/);
  });
});

describe('errors', () => {
  it('of the disk and of cancelling are recognised', () => {
    expect(asBootbenchError(Object.assign(new Error('x'), { code: 'ENOSPC' })).code).toBe('E_DISK_FULL');
    expect(asBootbenchError(Object.assign(new Error('x'), { code: 'SQLITE_FULL' })).code).toBe('E_DISK_FULL');
    expect(asBootbenchError(new Error('x')).code).toBe('E_INTERNAL');
    expect(asBootbenchError('text').message).toBe('text');
  });

  it('keep their own next step over the table’s', () => {
    expect(errorBody(new BootbenchError('E_EXISTS', 'm'))).toEqual({
      code: 'E_EXISTS',
      title: ERRORS.E_EXISTS.title,
      message: 'm',
      next: ERRORS.E_EXISTS.next,
    });
    expect(errorBody(new BootbenchError('E_EXISTS', 'm', { next: 'n' })).next).toBe('n');
  });
});

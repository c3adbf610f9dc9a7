import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { replacePlaceholder, TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell-placeholder.ts';

describe('Tinkerbell’s placeholder in a file', () => {
  it('is the one that Tinkerbell and Hook have', () => {
    const sum = createHash('sha256').update(TINKERBELL_PLACEHOLDER).digest('hex');
    expect(sum).toBe('252feaf619f32ca02d967c78c9fa1434c4c70c7774bf038e1de2fafbc5e88a78');
  });

  it.each([
    ['a short line', 'console=ttyS0 worker_id=ab'],
    ['a line longer than itself', `ipam=${'x'.repeat(3000)}`],
    ['nothing', ''],
  ])('becomes %s, wherever it stands, without padding', (_name, line) => {
    const text = (middle: string) => `linux /kernel ${middle} quiet\xff\nlinux /other ${middle}`;
    const result = replacePlaceholder(Buffer.from(text(TINKERBELL_PLACEHOLDER), 'latin1'), line);
    expect(result.toString('latin1')).toBe(text(line));
  });

  it('changes nothing where there is none', () => {
    expect(replacePlaceholder(Buffer.from('linux /kernel'), 'x').toString()).toBe('linux /kernel');
    expect(replacePlaceholder(new Uint8Array(0), 'x')).toHaveLength(0);
  });
});

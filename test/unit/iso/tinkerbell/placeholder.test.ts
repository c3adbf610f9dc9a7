import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { outside, placeholderEdits } from '../../../../main-services/iso/tinkerbell/placeholder-edits.ts';
import { applyEdits } from '../../../../main-services/iso/bootconfig/text-edits.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../../main-services/iso/tinkerbell/placeholder.ts';

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
    const { text: result, changes } = applyEdits(text(TINKERBELL_PLACEHOLDER), placeholderEdits(text(TINKERBELL_PLACEHOLDER), line));
    expect(result).toBe(text(line));
    expect(changes.map((change) => change.line)).toEqual([1, 2]);
  });

  it('changes nothing where there is none', () => {
    expect(placeholderEdits('linux /kernel', 'x')).toEqual([]);
    expect(placeholderEdits('', 'x')).toEqual([]);
  });

  it('stays to be patched where no changed file has it', () => {
    expect(outside([10, 200, 4000], [{ offset: 190, length: 50 }])).toEqual([10, 4000]);
  });
});

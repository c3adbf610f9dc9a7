import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Packed } from '../../../../main-services/console/transcript/packed.ts';

it('gives pieces of any size in order, and none twice', () => {
  const pieces = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 4 }), (batches) => {
      const packed = new Packed();
      let next = 0;
      for (const sizes of batches) {
        const sent = sizes.map((size) => Buffer.alloc(size, next++));
        for (const piece of sent) packed.push(piece);
        expect(packed.bytes).toBe(Buffer.concat(sent).length);
        expect(packed.take().equals(Buffer.concat(sent))).toBe(true);
        expect(packed.bytes).toBe(0);
      }
    }),
  );
});

it('does not hold pieces of a few bytes, each of which takes a hundred times its size', () => {
  const packed = new Packed();
  const piece = Buffer.from('a');
  packed.push(piece);
  piece.write('b');
  expect(packed.take().toString()).toBe('a');
});

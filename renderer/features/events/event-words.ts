import type { BenchEvent } from '../../../contract/appliance.ts';

/** How an event of trouble ends its name; it gets the shape for "needs you". */
const TROUBLE = /\.(?:nak|decline|conflict|other-server|aborted|refused|mismatch|secure-boot-suspected|down)$/;

export function isTrouble({ type }: BenchEvent): boolean {
  return TROUBLE.test(type);
}

import { BootbenchError } from '../../contract/errors.ts';
import { isIpxe } from './range.ts';
import { ipxeRangeFault, rangeOutside } from './sentences.ts';

/** Why a range of a file of `size` bytes gets nothing, and what to do about a known fault of the client. */
export function unsatisfiable(range: string, size: number, userAgent: string): BootbenchError {
  const outside = rangeOutside(size, range);
  const fault = isIpxe(userAgent) ? ipxeFault(range, size) : undefined;
  return fault
    ? new BootbenchError('E_RANGE', `${outside} ${fault.message}`, { next: fault.next })
    : new BootbenchError('E_RANGE', outside);
}

function ipxeFault(range: string, size: number): { message: string; next: string } | undefined {
  // `%zu`, which iPXE's own vsprintf does not know (bootimus#57, bootimus#140).
  if (/^bytes=u-u$/.test(range)) return ipxeRangeFault.cannotPrintOffsets;
  return size >= 2 ** 32 && /^bytes=(?:-\d+-|\d+--)-?\d/.test(range) ? ipxeRangeFault.is32Bit : undefined;
}

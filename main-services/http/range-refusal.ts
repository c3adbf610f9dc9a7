import { BootbenchError } from '../../contract/errors.ts';
import { isIpxe } from './range.ts';

/** Why a range of a file of `size` bytes gets nothing, with what to do where the client's own fault is known. */
export function unsatisfiable(range: string, size: number, userAgent: string): BootbenchError {
  const asked = `The file has ${size} bytes, and the request asked for ${range}.`;
  const why = isIpxe(userAgent) ? ipxeFault(range, size) : undefined;
  return why ? new BootbenchError('E_RANGE', `${asked} ${why.message}`, { next: why.next }) : new BootbenchError('E_RANGE', asked);
}

function ipxeFault(range: string, size: number): { message: string; next: string } | undefined {
  // `%zu`, which iPXE's own vsprintf does not know (bootimus#57, bootimus#140).
  if (/^bytes=u-u$/.test(range))
    return { message: 'This build of iPXE cannot print offsets.', next: 'Boot the machine with the iPXE that Bootbench ships.' };
  if (size >= 2 ** 32 && /^bytes=(?:-\d+-|\d+--)-?\d/.test(range)) {
    return {
      message: 'It is a 32-bit iPXE, which reads only files under 4 GiB.',
      next: 'Boot the machine by UEFI, from virtual media, or with --method kernel.',
    };
  }
  return undefined;
}

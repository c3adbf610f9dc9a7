import { createHash } from 'node:crypto';
import type { BootService, View } from '../boot/boot.ts';
import type { IsoWatch } from '../reading/iso-watch.ts';
import type { SessionTarget } from './admission.ts';
import type { Medium } from './session/medium.ts';

export interface MediaDeps {
  readonly boot: Pick<BootService, 'networkDisk' | 'imageSource' | 'view'>;
  readonly watch: IsoWatch;
}

/** Who reads. `since`: see the watch's `Reader`. */
export interface Reader {
  readonly ip: string;
  readonly initiatorName: string;
  readonly since: number;
}

/**
 * The medium of a session, whose bytes never change while it lasts: a host's view, whose reads are evidence, or an unmodified image.
 * `delivered`: how many bytes of the medium were sent. Errors as `BootService.networkDisk` and `imageSource`.
 */
export async function openMedium(
  { boot, watch }: MediaDeps,
  to: SessionTarget,
  { ip, initiatorName, since }: Reader,
  delivered: (bytes: number) => void,
): Promise<Medium> {
  if (to.kind === 'image') {
    const source = await boot.imageSource(to.image);
    const unit = { device: 'cd' as const, size: source.size, serial: serialOf(source.etag) };
    return { unit, source, delivered: (offset, length) => delivered(within(source.size, offset, length)) };
  }
  const view = await boot.networkDisk(to.machine);
  const reader = { ip, userAgent: `iSCSI ${initiatorName}`, since };
  return {
    unit: { device: to.machine.host.iscsi?.device ?? 'cd', size: view.source.size, serial: view.token.slice(0, 16) },
    source: sourceOf(boot, view),
    delivered: (offset, length) => {
      const bytes = within(view.source.size, offset, length);
      delivered(bytes);
      if (bytes === 0) return;
      watch.opened(view, reader);
      watch.delivered(view, ip, offset, bytes);
    },
  };
}

/**
 * Looked up for each read, so that it counts as in use, and is opened again where its ISO was closed in the meantime. What is at hand needs no
 * look: once in a second it is none (`readNow` and `placesNow` of a local file), and a closed one has nothing at hand.
 */
function sourceOf(boot: MediaDeps['boot'], { mac, token, source: { size } }: View): Medium['source'] {
  let latest: View['source'] | undefined;
  return {
    size,
    async read(offset, length, signal) {
      latest = (await boot.view(mac, token)).source;
      return latest.read(offset, length, signal);
    },
    readNow: (offset, length) => latest?.readNow?.(offset, length),
    placesNow: (offset, length) => latest?.placesNow?.(offset, length),
  };
}

/** The zeros after the end of a medium are none of its bytes. */
function within(size: number, offset: number, length: number): number {
  return Math.max(0, Math.min(length, size - offset));
}

function serialOf(etag: string): string {
  return createHash('sha256').update(etag).digest('hex').slice(0, 16);
}

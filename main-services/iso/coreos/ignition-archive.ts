import { gzipSync } from 'node:zlib';

/** The name that Ignition looks for in the initramfs. */
const NAME = 'config.ign';
const REGULAR_READABLE = 0o100644;

/**
 * A compressed initramfs of one file, the Ignition config, as coreos-installer embeds it (src/io/initrd.rs). It uses xz; it reads
 * gzip too, as the kernel does.
 */
export function ignitionArchive(config: Uint8Array): Buffer {
  const archive = Buffer.concat([member(NAME, config, REGULAR_READABLE), member('TRAILER!!!', new Uint8Array(0), 0)]);
  const packed = gzipSync(archive, { level: 9 });
  // The system that packed it: unknown, so that every one gives the same bytes (RFC 1952 §2.3.1).
  packed[9] = 255;
  return packed;
}

/** One member of a cpio archive in “newc” form: 13 numbers of 8 hex digits, the name and the content, each padded to 4 bytes. */
function member(name: string, content: Uint8Array, mode: number): Buffer {
  const text = Buffer.from(`${name}\0`, 'latin1');
  const [inode, owner, group, links, time, device, sum] = [0, 0, 0, 1, 0, 0, 0];
  const numbers = [inode, mode, owner, group, links, time, content.length, device, device, device, device, text.length, sum];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header, 'latin1'), text])), padded(content)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

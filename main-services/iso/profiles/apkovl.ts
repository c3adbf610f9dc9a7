import { gzipSync } from 'node:zlib';
import { BootbenchError } from '../../../contract/errors.ts';

const BLOCK = 512;

interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly content?: string;
  readonly link?: string;
}

/**
 * Alpine's overlay of a config: its files in /etc/bootbench, the default one run by the `local` service. The first entry has
 * initramfs-init start Alpine's own services although there is an overlay. The same bytes for the same files.
 */
export function apkovl(files: Readonly<Record<string, string>>, defaultFile: string | undefined): Uint8Array {
  const entries: TarEntry[] = [
    { path: 'etc/.default_boot_services', mode: 0o644, content: '' },
    ...Object.entries(files).map(([name, content]) => ({ path: `etc/bootbench/${name}`, mode: 0o700, content })),
  ];
  if (defaultFile !== undefined) {
    entries.push({ path: 'etc/local.d/bootbench.start', mode: 0o755, content: startScript(defaultFile) });
    entries.push({ path: 'etc/runlevels/default/local', mode: 0o777, link: '/etc/init.d/local' });
  }
  const packed = gzipSync(Buffer.concat([...entries.map(tarEntry), Buffer.alloc(2 * BLOCK)]), { level: 9 });
  // The header's byte for the operating system: unknown, so that it is the same everywhere.
  packed[9] = 255;
  return packed;
}

function startScript(file: string): string {
  return `#!/bin/sh\ncd /etc/bootbench && exec sh './${file.replaceAll("'", "'\\''")}' >/var/log/bootbench.log 2>&1\n`;
}

/** POSIX ustar, owned by root, without a date. */
function tarEntry({ path, mode, content = '', link = '' }: TarEntry): Buffer {
  const body = Buffer.from(content, 'utf8');
  const header = Buffer.alloc(BLOCK);
  const cut = path.lastIndexOf('/');
  const name = path.slice(cut + 1);
  if (Buffer.byteLength(name) > 100)
    throw new BootbenchError('E_BAD_INPUT', `The name ${name} is too long for Alpine’s overlay, which has room for 100 bytes.`);
  header.write(name, 0, 100, 'utf8');
  header.write(path.slice(0, cut), 345, 155, 'utf8');
  header.write(
    `${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(body.length, 11)}\0${octal(0, 11)}\0        ${link === '' ? 0 : 2}`,
    100,
    'latin1',
  );
  header.write(link, 157, 100, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return Buffer.concat([header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

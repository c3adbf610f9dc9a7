import type { Random } from '../random.ts';

interface Options {
  readonly args: readonly string[];
  /** The tree gets boot images. */
  readonly boot: boolean;
  readonly rockRidge: boolean;
}

const BIOS = ['-c', 'bootbench.cat', '-b', 'bootbench-bios.bin', '-no-emul-boot', '-boot-load-size', '4'];
const UEFI = ['-eltorito-alt-boot', '-e', 'bootbench-efi.img', '-no-emul-boot'];
const APPENDED = [
  ...['-append_partition', '2', '0xef', 'appended.img', '-appended_part_as_gpt'],
  ...['-eltorito-alt-boot', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot'],
];

/** Options of `xorriso -as mkisofs` as distributions use them, and others. */
export function xorrisoOptions(random: Random): Options & { readonly sessions: number } {
  const rockRidge = random.chance(0.75);
  const boot = random.chance(0.4);
  const args = [
    ...(rockRidge ? [random.pick(['-R', '-r'])] : ['--norock']),
    ...(random.chance(0.5) ? random.pick([['-J'], ['-J', '-joliet-long']]) : []),
    ...['-iso-level', random.pick(['1', '2', '3', '4'])],
    ...some(random, 0.2, [
      ['-U'],
      ['-l'],
      ['-allow-lowercase'],
      ['-relaxed-filenames'],
      ['-N'],
      ['-d'],
      ['-D'],
      ['-full-iso9660-filenames'],
    ]),
    ...(random.chance(0.2) ? ['-z'] : []),
    ...(random.chance(0.2) ? ['--hardlinks'] : []),
    ...(random.chance(0.15) ? ['-partition_offset', '16'] : []),
    ...(random.chance(0.3) && rockRidge ? ['-rr_reloc_dir', random.pick(['rr_moved', '/'])] : []),
    ...(boot ? bootOptions(random) : []),
    ...['-V', random.pick(['LAB', 'Größe', 'A long volume name 1', ''])],
    ...(random.chance(0.8) ? ['-no-pad'] : []),
  ];
  return { args, boot, rockRidge, sessions: random.chance(0.08) ? 1 + random.below(2) : 0 };
}

function bootOptions(random: Random): string[] {
  return random.pick([
    BIOS,
    UEFI.slice(1),
    [...BIOS, ...UEFI],
    [...BIOS, ...UEFI, '-isohybrid-gpt-basdat'],
    [...BIOS, ...APPENDED],
    [...BIOS, ...UEFI, '-isohybrid-gpt-basdat', '-isohybrid-apm-hfsplus'],
  ]);
}

/** Options of genisoimage, whose UDF Windows media come nearest. */
export function genisoimageOptions(random: Random): Options {
  const rockRidge = random.chance(0.6);
  const boot = random.chance(0.4);
  const args = [
    ...['-input-charset', 'utf-8', '-output-charset', 'utf-8'],
    ...(rockRidge ? [random.pick(['-R', '-r'])] : []),
    ...(random.chance(0.5) ? random.pick([['-J'], ['-J', '-joliet-long']]) : []),
    ...(random.chance(0.4) ? ['-udf'] : []),
    ...['-iso-level', random.pick(['1', '2', '3', '4'])],
    ...some(random, 0.2, [['-U'], ['-l'], ['-allow-lowercase'], ['-relaxed-filenames'], ['-N'], ['-d'], ['-D'], ['-hide-rr-moved']]),
    ...(random.chance(0.2) ? ['-z'] : []),
    ...(boot ? random.pick([BIOS, [...BIOS, ...UEFI]]) : []),
    ...(random.chance(0.7) ? ['-no-pad'] : []),
  ];
  return { args, boot, rockRidge };
}

function some(random: Random, share: number, options: readonly (readonly string[])[]): string[] {
  return options.filter(() => random.chance(share / 2)).flat();
}

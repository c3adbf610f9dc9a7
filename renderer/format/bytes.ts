type Unit = 'gigabyte' | 'megabyte' | 'kilobyte' | 'megabyte-per-second';

const whole = (unit: Unit): Intl.NumberFormat => new Intl.NumberFormat('en', { style: 'unit', unit, maximumFractionDigits: 0 });
const tenths = (unit: Unit): Intl.NumberFormat =>
  new Intl.NumberFormat('en', { style: 'unit', unit, minimumFractionDigits: 1, maximumFractionDigits: 1 });

const gigabytes = tenths('gigabyte');
const megabytes = whole('megabyte');
const kilobytes = whole('kilobyte');
const wholeRate = whole('megabyte-per-second');
const preciseRate = tenths('megabyte-per-second');
const exact = new Intl.NumberFormat('en', { style: 'unit', unit: 'byte', unitDisplay: 'long' });

/** `2.4 GB`, `640 MB`, `12 kB`: decimal units, at least 1 kB. */
export function formatBytes(bytes: number): string {
  if (bytes >= 999.5e6) return gigabytes.format(bytes / 1e9);
  if (bytes >= 999.5e3) return megabytes.format(bytes / 1e6);
  return kilobytes.format(Math.max(1, bytes / 1e3));
}

/** `1,234 bytes`. */
export function formatExactBytes(bytes: number): string {
  return exact.format(bytes);
}

/** `93 MB/s`, `4.2 MB/s`, `0.3 MB/s`. Bytes per second. */
export function formatRate(bytesPerSecond: number): string {
  const megabytesPerSecond = bytesPerSecond / 1e6;
  return (megabytesPerSecond >= 9.95 ? wholeRate : preciseRate).format(megabytesPerSecond);
}

/** Whole per cent of `total` that is done, 0 to 100; 100 of nothing. */
export function percentOf(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 100;
}

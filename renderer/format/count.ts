const numbers = new Intl.NumberFormat('en');

/** `1,234`. */
export function formatNumber(count: number): string {
  return numbers.format(count);
}

/** `1 file`, `3 files`; `plural` where an s is not enough. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(count)} ${count === 1 ? singular : plural}`;
}

export function machines(count: number): string {
  return counted(count, 'machine');
}

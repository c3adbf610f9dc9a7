/** Why a kernel prints to a port. */
export const CONSOLE_REASONS = {
  url: 'as the console’s URL says',
  aarch64: 'the first port of ARM machines',
  bmc: (manufacturer: string) => `the port that BMCs of ${manufacturer} redirect`,
  first: 'the first port',
} as const;

export function consoleReason(tty: string, baud: number, why: string): string {
  return `The host has a serial console, so the kernel prints to ${tty} (${why}) at ${baud} baud too.`;
}

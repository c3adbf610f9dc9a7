export interface SoakOptions {
  readonly minutes: number;
  readonly machines: number;
  readonly seed: number;
  /** Of each frame, each way. */
  readonly loss: number;
  readonly isoMegabytes: number;
}

export const SOAK_USAGE = 'usage: npm run soak -- [--minutes N] [--machines 1…256] [--seed N] [--loss 0…0.1] [--iso-megabytes N]';

const DEFAULTS: Readonly<Record<string, number>> = { minutes: 10, machines: 64, seed: 1, loss: 0.005, 'iso-megabytes': 4 };

/** Undefined for an unknown option or a value that is not a number of its range. */
export function soakOptions(args: readonly string[]): SoakOptions | undefined {
  const values = new Map(Object.entries(DEFAULTS));
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]?.replace(/^--/, '') ?? '';
    const value = Number(args[at + 1]);
    if (!values.has(name) || args[at + 1] === undefined || !Number.isFinite(value) || value < 0) return undefined;
    values.set(name, value);
  }
  const of = (name: string): number => values.get(name) ?? 0;
  const machines = Math.round(of('machines'));
  if (machines < 1 || machines > 256 || of('minutes') <= 0 || of('loss') > 0.1) return undefined;
  return {
    minutes: of('minutes'),
    machines,
    seed: of('seed'),
    loss: of('loss'),
    isoMegabytes: Math.max(1, Math.round(of('iso-megabytes'))),
  };
}

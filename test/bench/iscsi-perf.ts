import type { Namespace } from '../lab/namespace.ts';
import { run } from '../lab/process.ts';

export interface IscsiWork {
  readonly random: boolean;
  /** Of one read, in blocks of 512 bytes. */
  readonly blocks: number;
  readonly inFlight: number;
}

/** Reads per second of libiscsi’s iscsi-perf. Throws when it ends without a figure. */
export async function iscsiPerf(url: string, { random, blocks, inFlight }: IscsiWork, seconds: number, ns?: Namespace): Promise<number> {
  const command = ['iscsi-perf', ...(random ? ['-r'] : []), '-b', String(blocks), '-m', String(inFlight), '-t', String(seconds), url];
  const { stdout } = await run(ns ? ns.inside(command) : command);
  const perSecond = Number(/iops average (\d+) [^\r\n]*\s*finished/.exec(stdout)?.[1] ?? 0);
  if (!(perSecond > 0)) throw new Error(`${command.join(' ')}: ${stdout.slice(-300)}`);
  return perSecond;
}

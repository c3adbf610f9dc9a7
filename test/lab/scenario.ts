import type { Namespace } from './namespace.ts';

/** What has to be there for a scenario; each is a key of `NEEDS` in needs.ts. */
export type Need =
  | 'root'
  | 'qemu'
  | 'ovmf'
  | 'iso-tools'
  | 'second-readers'
  | 'guest-kernel'
  | 'open-iscsi'
  | 'boot-loaders'
  | 'refind'
  | 'debian-installer'
  | 'boot-files'
  | 'appliance'
  | 'dnsmasq'
  | 'tcpdump'
  | 'dhclient'
  | 'tftp-hpa'
  | 'curl'
  | 'httpfs2'
  | 'nbdkit'
  | 'qemu-img'
  | 'nginx'
  | 'wrk'
  | 'tftpd-hpa'
  | 'tgt'
  | 'iscsi-perf'
  | 'ping'
  | 'openssl'
  | 'socat'
  | 'ser2net'
  | 'pyghmi'
  | 'ipmi_sim'
  | 'ipmitool'
  | 'schemathesis'
  | 'chromium'
  | 'electron-22'
  | 'nsis'
  | 'debian-desktop'
  | 'faketime'
  | 'wine'
  | 'ui';

export type Tier = 'ci' | 'full' | 'windows';

/** What a scenario is given. Everything it makes through this is taken down after it, whatever happens. */
export interface Lab {
  /** An empty folder of this run, not deleted afterwards: captures, serial logs, data directories. */
  readonly dir: string;
  /** A network namespace; removed after the scenario, together with its processes. */
  namespace(label: string): Promise<Namespace>;
  /** Registers something that is disposed of after the scenario, newest first. */
  use<T extends AsyncDisposable>(resource: T): T;
  /** A key fact of the result: printed with it and part of --json. */
  fact(name: string, value: string | number | boolean | readonly string[]): void;
  /** A line of the run's log, printed while it runs. */
  say(text: string): void;
}

export interface Scenario {
  /** kebab-case: what `npm run lab -- <name>` takes. */
  readonly name: string;
  /** One sentence that says what it proves. */
  readonly title: string;
  /** ci: part of `npm test`. full: only with --full or by name. windows: only with --windows or by name. */
  readonly tier: Tier;
  readonly needs: readonly Need[];
  /** Milliseconds after which it has failed; default 180,000. */
  readonly timeoutMs?: number;
  /** It measures, or loads all cores: no other scenario runs beside it. */
  readonly alone?: boolean;
  /** Throws when what the title says is not true. */
  run(lab: Lab): Promise<void>;
}

/** Throws an error with the sentence unless the condition holds. */
export function expectThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

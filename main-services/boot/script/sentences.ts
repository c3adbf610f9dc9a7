/* What a machine shows on its screen at boot, and the reasons and events of its script. iPXE prints ASCII: see `ipxeText`. */

/** The prefix of every line that Bootbench writes on a boot screen. */
export function onScreen(message: string): string {
  return `Bootbench: ${message}`;
}

export const screen = {
  retrySoon: (seconds: number) => `The ISO did not boot; retrying in ${seconds} seconds.`,
  lastTry: (seconds: number) => `The ISO did not boot again; last try in ${seconds} seconds.`,
  isoFailed: 'could not boot the ISO. See the error and the URL above.',
  iscsiTarget: (uri: string) => `iSCSI disk ${uri}`,
  iscsiFailed: 'could not boot the ISO over iSCSI. See the error and the disk above.',
  loaderExited: 'the boot loader of the ISO exited.',
  kernelFailed: 'could not load the kernel. See the error and the URL above.',
  waiting: (round: number, rounds: number) => `Waiting (${round} of ${rounds}); press Ctrl-C to exit.`,
  timedOut: 'Timed out; exiting.',
};

export const WAITING_REASON = 'It retries every few seconds, and exits in the end.';

export const UNEXPANDED_FACTS = 'The boot loader did not fill in the facts of the machine, so a script requests this again with them.';

export function unknownMachine(mac: string): string {
  return `Unknown machine ${mac}. Add it in Bootbench to boot it.`;
}

export function mismatchedMachine(message: string, host: string): string {
  return `${message} If it is ${host}, choose “It is the same machine” on its page.`;
}

export function ambiguousMac(hosts: readonly string[]): string {
  return `This MAC could be ${hosts.join(' or ')}.`;
}

export function netbootDisabled(host: string): string {
  return `Netboot is disabled for ${host} (allowPXE=false).`;
}

export function bootsOwnDisk(host: string): string {
  return `${host} boots its own disk.`;
}

export function boots(host: string, image: string, config: string | undefined): string {
  return `${host} boots ${image}${config === undefined ? '' : ` with config ${config}`}.`;
}

export function notIdentified(host: string, message: string, next: string): string {
  return `This machine was not identified as ${host}. ${message} ${next}`;
}

export function scriptRefused(ip: string, host: string, message: string, next: string): string {
  return `${ip} was refused the script of ${host}. ${message} ${next}`;
}

export function iPxeCannotPass(argument: string): string {
  return `iPXE cannot pass on the kernel argument ${JSON.stringify(argument)}.`;
}

export const REMOVE_ARGUMENT = 'Remove it, or choose another boot method for the host.';

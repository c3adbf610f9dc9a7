/** Why a client was not identified as a machine, and what to do about it. */
interface Sentences {
  readonly message: string;
  readonly next: string;
}

export function onBmcPort(ip: string): Sentences {
  return {
    message: `${ip} is on a network port for BMCs, where an address does not identify a machine.`,
    next: 'Give the BMC the URL with the token: bootbench media HOST url.',
  };
}

export function neighbourUnknown(ip: string): Sentences {
  return {
    message: `The neighbour table of this computer has no MAC for ${ip}.`,
    next: 'Try again; if the problem persists, see “Who asks” in docs/security.md.',
  };
}

export function behindRouter(ip: string): Sentences {
  return {
    message: `${ip} is behind a router, so this computer cannot see its MAC.`,
    next: 'Have the router relay DHCP to Bootbench, or trust addresses behind routers: --routed-machines trust.',
  };
}

export function noRouteToRelay(ip: string, relay: string): Sentences {
  return {
    message: `${ip} got its address through the relay ${relay}, but the boot port has no route to it through a router.`,
    next: `Add a route to the network of ${ip} on the boot port, through the router that relays for it.`,
  };
}

export function addressConflict(ip: string, reason: string): Sentences {
  return {
    message: `Address ${ip} does not identify a machine: ${reason}.`,
    next: 'Give each machine its own address; an address in use by two machines identifies neither.',
  };
}

/** The reasons of `addressConflict`. */
export const conflictReason = {
  quarantined: (mac: string) => `it is in quarantine after a conflict over it with ${mac}`,
  ofAnother: (neighbour: string) => `${neighbour} answers for it, but it is leased or reserved for another machine`,
  severalOwners: (hosts: readonly string[]) => `it could be ${hosts.join(' or ')}`,
  claimedByAnother: (owner: string, claimed: string) => `it belongs to ${owner}, but the request names ${claimed}`,
};

export const UNKNOWN_MACHINE = 'an unknown machine';

export function otherMachineAnswers(ip: string, neighbour: string, host: string): Sentences {
  return {
    message: `${ip} is the machine with MAC ${neighbour}, which is not an interface of ${host}.`,
    next: `If it is ${host}, add ${neighbour} as an interface of ${host}.`,
  };
}

export function notItsAddress(ip: string, host: string): Sentences {
  return {
    message: `Bootbench did not assign ${ip} to ${host}.`,
    next: `Let ${host} get its address by DHCP, or set ip=${ip} for its interface.`,
  };
}

export function notAHost(ip: string, neighbour: string | undefined): Sentences {
  return {
    message: `${neighbour === undefined ? ip : `${ip} (MAC ${neighbour})`} is not a host.`,
    next: 'Add the machine as a host, or use the URL that contains the token.',
  };
}

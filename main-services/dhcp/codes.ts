/** DHCP option codes that Bootbench reads or writes (RFC 2132, 3011, 3046, 3397, 3442, 4578, 5859; 175 is iPXE's own). */
export const OPTION = {
  pad: 0,
  netmask: 1,
  router: 3,
  nameServers: 6,
  logServers: 7,
  hostname: 12,
  domainName: 15,
  broadcast: 28,
  ntpServers: 42,
  vendorInfo: 43,
  requestedIp: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverId: 54,
  parameterList: 55,
  message: 56,
  maxSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientId: 61,
  tftpServerName: 66,
  bootFile: 67,
  userClass: 77,
  relayInfo: 82,
  arch: 93,
  undi: 94,
  machineId: 97,
  subnetSelection: 118,
  domainSearch: 119,
  classlessRoutes: 121,
  tftpServers: 150,
  ipxe: 175,
  end: 255,
} as const;

/** Option 53. */
export const MESSAGE_TYPES = ['DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;
/** The one defined flag (RFC 2131 §2): "reply by broadcast". */
export const BROADCAST_FLAG = 0x8000;
export const NO_ADDRESS = '0.0.0.0';
export const BROADCAST_ADDRESS = '255.255.255.255';

import { firewallCheck } from '../../../../main-services/network/firewall.ts';

/** Run by Windows' Node. */
console.log(JSON.stringify(await firewallCheck({ nic: 'br0', udp: [67, 69, 4011], tcp: [3260, 7080, 7443] })));

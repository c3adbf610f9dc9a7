import type { PreflightCheck } from '../../contract/appliance.ts';
import { closed, open, unknown } from './firewall-linux.ts';
import { macosFirewall } from './sentences.ts';

/** The outputs of `socketfilterfw --getglobalstate`, `--getblockall` and `--getappblocked`. macOS filters by program, not by port. */
export function macosCheck(output: { state: string; block: string; app: string }, command: string): PreflightCheck {
  const state = /State = (\d)/.exec(output.state)?.[1];
  if (state === undefined) return unknown(macosFirewall.unreadable, macosFirewall.fix, command);
  if (state === '0') return open(macosFirewall.off);
  if (/State = 2|block all.*(enabled|state set to enabled)/i.test(`${output.state} ${output.block}`)) {
    return closed(
      macosFirewall.blocksAll,
      macosFirewall.allowConnections,
      'sudo /usr/libexec/ApplicationFirewall/socketfilterfw --setblockall off',
    );
  }
  if (/permitted/i.test(output.app)) return open(macosFirewall.open);
  return closed(macosFirewall.closed, macosFirewall.fix, command);
}

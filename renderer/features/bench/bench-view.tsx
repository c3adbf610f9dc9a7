import { Discovered } from '../discovered/discovered.tsx';
import { Events } from '../events/events.tsx';
import { Hosts } from '../hosts/hosts.tsx';
import { Network } from '../network/network.tsx';
import { Services } from '../services/services.tsx';

/** Home: what to put right before plugging in, and what is live. */
export function BenchView() {
  return (
    <div className="columns">
      <div className="view">
        <Network />
        <Services />
        <Hosts />
        <Discovered />
      </div>
      <div className="view">
        <Events />
      </div>
    </div>
  );
}

import { Discovered } from './features/discovered/discovered.tsx';
import { Events } from './features/events/events.tsx';
import { Hosts } from './features/hosts/hosts.tsx';
import { Network } from './features/network/network.tsx';
import { Services } from './features/services/services.tsx';
import { AwayBanner, Header } from './features/shell/header.tsx';
import { StatusLine } from './features/shell/status-line.tsx';
import { useBench } from './store/use-bench.ts';

export function App() {
  const known = useBench((state) => state.status !== undefined);
  return (
    <div className="shell">
      <Header />
      <div>
        <AwayBanner />
      </div>
      <main className="views">
        {known && (
          <>
            <div className="view">
              <Network />
              <Services />
              <Hosts />
              <Discovered />
            </div>
            <div className="view">
              <Events />
            </div>
          </>
        )}
      </main>
      <StatusLine />
    </div>
  );
}

import { useCallback, useState, type ComponentType } from 'react';
import { BenchView } from './features/bench/bench-view.tsx';
import { ConsolesView } from './features/console/consoles-view.tsx';
import { ConfigsView } from './features/configs/config-page.tsx';
import { DoctorView } from './features/doctor/doctor-view.tsx';
import { FirstRunView } from './features/first-run/first-run-view.tsx';
import { HelpView } from './features/help/help-view.tsx';
import { HostView } from './features/host/host-view.tsx';
import { HostsView } from './features/hosts/hosts-view.tsx';
import { DropZone } from './features/images/drop-zone.tsx';
import { ImagesView } from './features/images/image-page.tsx';
import { JobsView } from './features/jobs/jobs-view.tsx';
import { NetworkView } from './features/network/network-view.tsx';
import { Palette } from './features/palette/palette.tsx';
import { MachineSheets } from './features/machine-actions/machine-sheets.tsx';
import { AwayBanner, Header, ProblemsBanner } from './features/shell/header.tsx';
import { useKeys } from './features/shell/keys.ts';
import { StatusLine } from './features/shell/status-line.tsx';
import type { ViewName } from '../contract/window-views.ts';
import { useRoute, type ViewRoute } from './store/route.ts';
import { useAppStore } from './store/use-store.ts';

/** Each view gets the name of the one thing that is open in it, if one is. */
const VIEWS: Record<ViewName, ComponentType<{ name?: string; at?: number }>> = {
  bench: BenchView,
  hosts: HostsOrHost,
  images: ImagesView,
  configs: ConfigsView,
  jobs: JobsView,
  consoles: ConsolesView,
  network: NetworkView,
  help: HelpView,
  doctor: DoctorView,
  'first-run': FirstRunView,
};

export function App() {
  const known = useAppStore((state) => state.status !== undefined);
  const route = useRoute();
  const [paletteOpen, setPaletteOpen] = useState(false);
  const openPalette = useCallback(() => setPaletteOpen(true), []);
  useKeys(openPalette);
  return (
    <DropZone>
      <MachineSheets>
        <div className="shell">
          <Header />
          <div>
            <AwayBanner />
            <ProblemsBanner />
          </div>
          <main className="views">{known && <View route={route} />}</main>
          <StatusLine openPalette={openPalette} />
        </div>
        <Palette isOpen={paletteOpen} onClose={() => setPaletteOpen(false)} />
      </MachineSheets>
    </DropZone>
  );
}

function View({ route }: { route: ViewRoute }) {
  const Shown = VIEWS[route.view];
  return <Shown key={route.view} name={route.name} at={route.at} />;
}

function HostsOrHost({ name }: { name?: string }) {
  return name === undefined ? <HostsView /> : <HostView key={name} name={name} />;
}

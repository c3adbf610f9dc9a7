import { useMemo, useState, type ReactNode } from 'react';
import { useAppContext } from '../../store/use-store.ts';
import { BmcsContext } from '../bmc/bmc-context.ts';
import { createBmcs } from '../bmc/bmc-store.ts';
import { PowerSheet } from '../bmc/power-sheet.tsx';
import { FleetNotices } from '../jobs/fleet-notices.tsx';
import { ReimageSheet } from '../reimage/reimage-sheet.tsx';
import { SheetsContext, type MachineSheets as Sheets } from '../../model/machine-sheets.ts';

type Opened = { what: 'reimage' | 'power'; hosts: readonly string[] };

/** Around the whole page: the sheets that act on machines, and notices about finished jobs. */
export function MachineSheets({ children }: { children: ReactNode }) {
  const { store, call } = useAppContext();
  const [bmcs] = useState(() => createBmcs(store, call));
  const [opened, setOpened] = useState<Opened>();
  const sheets = useMemo(
    (): Sheets => ({
      reimage: (hosts) => setOpened({ what: 'reimage', hosts }),
      power: (hosts) => setOpened({ what: 'power', hosts }),
    }),
    [],
  );
  const close = (): void => setOpened(undefined);
  return (
    <BmcsContext value={bmcs}>
      <SheetsContext value={sheets}>
        {children}
        <FleetNotices />
        {opened?.what === 'reimage' && <ReimageSheet names={opened.hosts} onClose={close} />}
        {opened?.what === 'power' && <PowerSheet names={opened.hosts} onClose={close} />}
      </SheetsContext>
    </BmcsContext>
  );
}

import { Toolbar } from 'react-aria-components/Toolbar';
import { LOCAL_BOOT, type Host } from '../../../contract/inventory.ts';
import { Button } from '../../ui/button.tsx';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import type { HostActions } from './use-host-actions.ts';

interface Props {
  hosts: readonly Host[];
  actions: HostActions;
  onAssign: () => void;
  onRemove: () => void;
  onClear: () => void;
}

/** What can be done with the selected hosts, in the place of the header. */
export function ActionBar({ hosts, actions, onAssign, onRemove, onClear }: Props) {
  const bootable = hosts.filter(({ assignment }) => assignment !== undefined && assignment.image !== LOCAL_BOOT);
  const without = hosts.length - bootable.length;
  const hint =
    without === 0 ? 'Arms what is assigned for the next netboot' : `${without} of them boot nothing from here and stay as they are`;
  const sheets = useMachineSheets();
  const names = hosts.map(({ name }) => name);
  return (
    <Toolbar className="action-bar" aria-label={`${hosts.length} selected`}>
      <span className="action-bar-count" role="status">
        {hosts.length} selected
      </span>
      <Button main onPress={() => sheets.reimage(names)} hint="Says what would happen first: R">
        Reimage…
      </Button>
      <Button onPress={() => sheets.power(names)} hint="On, off, cycle, reset by their BMCs: P">
        Power…
      </Button>
      <Button onPress={onAssign}>Assign…</Button>
      <Button isDisabled={bootable.length === 0} hint={hint} onPress={() => void armAll(bootable, actions)}>
        Boot again
      </Button>
      <Button onPress={onRemove}>Remove…</Button>
      <Button plain onPress={onClear} hint="Esc">
        Clear selection
      </Button>
    </Toolbar>
  );
}

async function armAll(hosts: readonly Host[], actions: HostActions): Promise<void> {
  for (const host of hosts) await actions.arm(host);
}

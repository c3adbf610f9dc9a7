import { Toolbar } from 'react-aria-components/Toolbar';
import { LOCAL_BOOT, type Host } from '../../../contract/inventory.ts';
import { Button } from '../../ui/button.tsx';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import { ACTIONS, armHint, selectedLabel } from './labels.ts';
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
  const skipped = hosts.length - bootable.length;
  const sheets = useMachineSheets();
  const names = hosts.map(({ name }) => name);
  return (
    <Toolbar className="action-bar" aria-label={selectedLabel(hosts.length)}>
      <span className="action-bar-count" role="status">
        {selectedLabel(hosts.length)}
      </span>
      <Button main onPress={() => sheets.reimage(names)} hint={ACTIONS.reimage.hint}>
        {ACTIONS.reimage.label}
      </Button>
      <Button onPress={() => sheets.power(names)} hint={ACTIONS.power.hint}>
        {ACTIONS.power.label}
      </Button>
      <Button onPress={onAssign}>{ACTIONS.assign}</Button>
      <Button isDisabled={bootable.length === 0} hint={armHint(skipped)} onPress={() => void armAll(bootable, actions)}>
        {ACTIONS.arm}
      </Button>
      <Button onPress={onRemove}>{ACTIONS.remove}</Button>
      <Button plain onPress={onClear} hint={ACTIONS.clear.hint}>
        {ACTIONS.clear.label}
      </Button>
    </Toolbar>
  );
}

async function armAll(hosts: readonly Host[], actions: HostActions): Promise<void> {
  for (const host of hosts) await actions.arm(host);
}

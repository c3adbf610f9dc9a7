import { useState } from 'react';
import { formatNames } from '../../format/list.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import type { HostActions } from './use-host-actions.ts';

interface Props {
  names: readonly string[];
  actions: HostActions;
  onClose: () => void;
  onDone: () => void;
}

export function RemoveSheet({ names, actions, onClose, onDone }: Props) {
  const [asked, setAsked] = useState(false);
  const many = names.length === 1 ? (names[0] ?? '') : `${names.length} hosts`;
  const remove = async (): Promise<void> => {
    setAsked(true);
    for (const name of names) await actions.remove(name);
    onDone();
    onClose();
  };
  return (
    <Sheet title={`Remove ${many}?`} isOpen onClose={onClose}>
      <p>
        Bootbench forgets <strong>{formatNames(names)}</strong>: its interfaces, reservations and assignment. Nothing on the machine’s own
        disk changes. If it asks to boot again, it appears as a discovered machine.
      </p>
      <SheetActions>
        <Button onPress={onClose}>Keep</Button>
        <Button main autoFocus isDisabled={asked} onPress={() => void remove()}>
          {asked ? 'Asked to remove …' : `Remove ${many}`}
        </Button>
      </SheetActions>
    </Sheet>
  );
}

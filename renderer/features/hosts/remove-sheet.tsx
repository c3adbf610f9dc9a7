import { useState } from 'react';
import { formatNames } from '../../format/list.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { REMOVE, removeButton, removeTitle } from './labels.ts';
import type { HostActions } from './use-host-actions.ts';

interface Props {
  names: readonly string[];
  actions: HostActions;
  onClose: () => void;
  onDone: () => void;
}

export function RemoveSheet({ names, actions, onClose, onDone }: Props) {
  const [asked, setAsked] = useState(false);
  const remove = async (): Promise<void> => {
    setAsked(true);
    for (const name of names) await actions.remove(name);
    onDone();
    onClose();
  };
  return (
    <Sheet title={removeTitle(names)} isOpen onClose={onClose}>
      <p>
        Removes <strong>{formatNames(names)}</strong> with all interfaces, reservations and assignment. {REMOVE.text}
      </p>
      <SheetActions>
        <Button onPress={onClose}>{REMOVE.cancel}</Button>
        <Button main autoFocus isDisabled={asked} onPress={() => void remove()}>
          {asked ? REMOVE.busy : removeButton(names)}
        </Button>
      </SheetActions>
    </Sheet>
  );
}

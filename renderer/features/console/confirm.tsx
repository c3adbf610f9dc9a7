import { useState, type ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { PAGE } from './labels.ts';

interface Props {
  label: string;
  title: string;
  /** What it does to another person. */
  children: ReactNode;
  plain?: boolean;
  onConfirm: () => void;
}

/** A button that asks first. */
export function Confirm({ label, title, children, plain, onConfirm }: Props) {
  const [isOpen, setOpen] = useState(false);
  const confirm = (): void => {
    setOpen(false);
    onConfirm();
  };
  return (
    <>
      <Button plain={plain ?? false} onPress={() => setOpen(true)}>
        {`${label}…`}
      </Button>
      <Sheet title={title} isOpen={isOpen} onClose={() => setOpen(false)}>
        <p>{children}</p>
        <SheetActions>
          <Button onPress={() => setOpen(false)}>{PAGE.cancel}</Button>
          <Button main autoFocus onPress={confirm}>
            {label}
          </Button>
        </SheetActions>
      </Sheet>
    </>
  );
}

import { useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Config } from '../../../contract/inventory.ts';
import { go } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { dropDraft } from './draft.ts';
import { imagesListing } from './images-listing.ts';
import { leavesLists, REMOVE, removeNow, removeTitle } from './labels.ts';

export function RemoveConfig({ config: { name } }: { config: Config }) {
  const call = useCall();
  const images = useAppStore((state) => state.images);
  const listed = imagesListing(images, name);
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const close = (): void => {
    setAsking(false);
    setError(undefined);
  };
  const remove = async (): Promise<void> => {
    const answer = await call('config.remove', { name });
    if (!answer.ok) {
      setError(answer.error);
      return;
    }
    dropDraft(name);
    go('configs');
  };
  return (
    <>
      <Button onPress={() => setAsking(true)}>{REMOVE.open}</Button>
      <Sheet title={removeTitle(name)} isOpen={asking} onClose={close}>
        <p>
          {REMOVE.deletes} {listed.length > 0 && leavesLists(listed)}
        </p>
        {error && <Failure error={error} />}
        <SheetActions>
          <Button onPress={close} autoFocus>
            {REMOVE.cancel}
          </Button>
          <Button main onPress={() => void remove()}>
            {removeNow(name)}
          </Button>
        </SheetActions>
      </Sheet>
    </>
  );
}

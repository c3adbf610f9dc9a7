import { useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Config } from '../../../contract/inventory.ts';
import { go } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { imagesListing } from './config-labels.ts';
import { dropDraft } from './draft.ts';

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
      <Button onPress={() => setAsking(true)}>Remove config</Button>
      <Sheet title={`Remove ${name}?`} isOpen={asking} onClose={close}>
        <p>
          Its files are deleted.
          {listed.length > 0 && ` It also leaves the list of ${listed.join(', ')}.`}
        </p>
        {error && <Failure error={error} />}
        <SheetActions>
          <Button onPress={close} autoFocus>
            Keep it
          </Button>
          <Button main onPress={() => void remove()}>
            Remove {name}
          </Button>
        </SheetActions>
      </Sheet>
    </>
  );
}

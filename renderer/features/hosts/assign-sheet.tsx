import { useMemo, useState } from 'react';
import { formatNames } from '../../format/list.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { configChoices, imageChoices, NO_CONFIG } from '../../model/assignment.ts';
import { ASSIGN, assigningProgress, assignTitle, CANCEL, CHOOSE_IMAGE, MODE_CHOICES, MODE_LABELS, NO_CONFIG_LABEL } from './labels.ts';
import type { HostActions } from './use-host-actions.ts';

/** One ISO and config for several hosts; a refusal is shown on the host's row. */
export function AssignSheet({ names, actions, onClose }: { names: readonly string[]; actions: HostActions; onClose: () => void }) {
  const images = useAppStore((state) => state.images);
  const configs = useAppStore((state) => state.configs);
  const [image, setImage] = useState<string>();
  const [config, setConfig] = useState(NO_CONFIG);
  const [mode, setMode] = useState<'once' | 'always'>('once');
  const [asked, setAsked] = useState(0);
  const imageList = useMemo(() => imageChoices(images), [images]);
  const configList = useMemo(() => configChoices(configs, images, image), [configs, images, image]);
  const fits = configList.some(({ id, disabled }) => id === config && !disabled);
  const chosen = fits ? config : NO_CONFIG;

  const assign = async (to: string): Promise<void> => {
    for (const [index, name] of names.entries()) {
      setAsked(index + 1);
      await actions.assign(name, { image: to, config: chosen === NO_CONFIG ? null : chosen, mode });
    }
    onClose();
  };

  return (
    <Sheet title={assignTitle(names)} isOpen onClose={onClose}>
      <p className="quiet">{formatNames(names)}</p>
      <div className="labelled">
        <span className="field-label">{ASSIGN.image}</span>
        <Picker label={ASSIGN.image} choices={imageList} value={image} placeholder={CHOOSE_IMAGE} onChoose={setImage} />
      </div>
      <div className="labelled">
        <span className="field-label">{ASSIGN.config}</span>
        <Picker
          label={ASSIGN.config}
          choices={configList}
          value={chosen}
          placeholder={NO_CONFIG_LABEL}
          onChoose={setConfig}
          isDisabled={image === undefined}
        />
      </div>
      <div className="labelled">
        <span className="field-label">{ASSIGN.mode}</span>
        <Picker
          label={ASSIGN.mode}
          choices={MODE_CHOICES}
          value={mode}
          placeholder={MODE_LABELS.once}
          onChoose={(id) => setMode(id === 'always' ? 'always' : 'once')}
        />
      </div>
      <SheetActions>
        <Button onPress={onClose}>{CANCEL}</Button>
        <Button main isDisabled={image === undefined || asked > 0} onPress={() => image !== undefined && void assign(image)}>
          {asked > 0 ? assigningProgress(asked, names.length) : assignTitle(names)}
        </Button>
      </SheetActions>
    </Sheet>
  );
}

import { useMemo, useState } from 'react';
import { formatNames } from '../../format/list.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { configChoices, imageChoices, NO_CONFIG } from '../../model/assignment.ts';
import type { HostActions } from './use-host-actions.ts';

const MODES = [
  { id: 'once', label: 'once', note: 'When it is done, the machine boots its own disk' },
  { id: 'always', label: 'every time', note: 'Each netboot gets it again' },
];

/** One ISO and config for several hosts; what a host refuses is told on its row. */
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
  const many = names.length === 1 ? (names[0] ?? '') : `${names.length} hosts`;

  const assign = async (to: string): Promise<void> => {
    for (const [index, name] of names.entries()) {
      setAsked(index + 1);
      await actions.assign(name, { image: to, config: chosen === NO_CONFIG ? null : chosen, mode });
    }
    onClose();
  };

  return (
    <Sheet title={`Assign to ${many}`} isOpen onClose={onClose}>
      <p className="quiet">{formatNames(names)}</p>
      <div className="labelled">
        <span className="field-label">ISO</span>
        <Picker label="ISO" choices={imageList} value={image} placeholder="choose an ISO" onChoose={setImage} />
      </div>
      <div className="labelled">
        <span className="field-label">Config</span>
        <Picker
          label="Config"
          choices={configList}
          value={chosen}
          placeholder="no config"
          onChoose={setConfig}
          isDisabled={image === undefined}
        />
      </div>
      <div className="labelled">
        <span className="field-label">Boots</span>
        <Picker
          label="How often"
          choices={MODES}
          value={mode}
          placeholder="once"
          onChoose={(id) => setMode(id === 'always' ? 'always' : 'once')}
        />
      </div>
      <SheetActions>
        <Button onPress={onClose}>Cancel</Button>
        <Button main isDisabled={image === undefined || asked > 0} onPress={() => image !== undefined && void assign(image)}>
          {asked > 0 ? `Asked for ${asked} of ${names.length} …` : `Assign to ${many}`}
        </Button>
      </SheetActions>
    </Sheet>
  );
}

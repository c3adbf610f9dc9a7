import { useState } from 'react';
import { CheckboxButton, CheckboxField } from 'react-aria-components/Checkbox';
import { Input } from 'react-aria-components/Input';
import { SearchField } from 'react-aria-components/SearchField';
import { byName } from '../../model/names.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/section.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { joinParts } from '../../format/list.ts';
import { imageWords } from '../../model/assignment.ts';
import { CANCEL, CHOOSE_MACHINES, continueWith } from './labels.ts';

const MAX_MACHINES_SHOWN = 200;

/** Which machines to reimage; none is selected at first. */
export function ChooseMachines({ onChoose, onClose }: { onChoose: (names: readonly string[]) => void; onClose: () => void }) {
  const hosts = useAppStore((state) => state.hosts);
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const [sought, setSought] = useState('');
  const text = sought.trim().toLowerCase();
  const shown = Object.values(hosts)
    .filter(({ name, interfaces, facts }) =>
      [name, facts.serial, ...interfaces.map(({ mac }) => mac)].some((part) => part?.toLowerCase().includes(text)),
    )
    .sort(byName)
    .slice(0, MAX_MACHINES_SHOWN);
  const tick = (name: string, isTicked: boolean): void =>
    setTicked((before) => (isTicked ? [...before, name] : before.filter((each) => each !== name)));
  return (
    <Sheet title={CHOOSE_MACHINES.title} isOpen onClose={onClose}>
      <SearchField aria-label={CHOOSE_MACHINES.search} autoFocus value={sought} onChange={setSought}>
        <Input className="input reimage-search" placeholder={CHOOSE_MACHINES.placeholder} />
      </SearchField>
      <ul className="reimage-choices">
        {shown.map(({ name, interfaces, facts, assignment }) => (
          <li key={name}>
            <CheckboxField isSelected={ticked.includes(name)} onChange={(is) => tick(name, is)}>
              <CheckboxButton className="check reimage-choice">
                <span className="mark" aria-hidden="true" />
                <strong>{name}</strong>
                <span className="mono small quiet">{joinParts([facts.serial, interfaces[0]?.mac])}</span>
                <span className="small reimage-choice-image">{assignment ? imageWords(assignment.image) : CHOOSE_MACHINES.noImage}</span>
              </CheckboxButton>
            </CheckboxField>
          </li>
        ))}
        {shown.length === 0 && <Empty>{CHOOSE_MACHINES.none}</Empty>}
      </ul>
      <SheetActions>
        <Button onPress={onClose}>{CANCEL}</Button>
        <Button main isDisabled={ticked.length === 0} onPress={() => onChoose(ticked)}>
          {ticked.length === 0 ? CHOOSE_MACHINES.submit : continueWith(ticked.length)}
        </Button>
      </SheetActions>
    </Sheet>
  );
}

import { useState } from 'react';
import { CheckboxButton, CheckboxField } from 'react-aria-components/Checkbox';
import { Input } from 'react-aria-components/Input';
import { SearchField } from 'react-aria-components/SearchField';
import { machines } from '../../format/count.ts';
import { byName } from '../../model/names.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/section.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { imageWords } from '../../model/assignment.ts';

/** Which machines: nothing is chosen beforehand. */
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
    .slice(0, 200);
  const tick = (name: string, isTicked: boolean): void =>
    setTicked((before) => (isTicked ? [...before, name] : before.filter((each) => each !== name)));
  return (
    <Sheet title="Reimage which machines?" isOpen onClose={onClose}>
      <SearchField aria-label="Search machines" autoFocus value={sought} onChange={setSought}>
        <Input className="input reimage-search" placeholder="Name, MAC, serial …" />
      </SearchField>
      <ul className="reimage-choices">
        {shown.map(({ name, interfaces, facts, assignment }) => (
          <li key={name}>
            <CheckboxField isSelected={ticked.includes(name)} onChange={(is) => tick(name, is)}>
              <CheckboxButton className="check reimage-choice">
                <span className="mark" aria-hidden="true" />
                <strong>{name}</strong>
                <span className="mono small quiet">
                  {[facts.serial, interfaces[0]?.mac].filter((part) => part !== undefined).join(' · ')}
                </span>
                <span className="small reimage-choice-image">{assignment ? imageWords(assignment.image) : 'no ISO chosen'}</span>
              </CheckboxButton>
            </CheckboxField>
          </li>
        ))}
        {shown.length === 0 && <Empty>No machine has that in its name.</Empty>}
      </ul>
      <SheetActions>
        <Button onPress={onClose}>Cancel</Button>
        <Button main isDisabled={ticked.length === 0} onPress={() => onChoose(ticked)}>
          {ticked.length === 0 ? 'Choose machines' : `Go on with ${machines(ticked.length)}`}
        </Button>
      </SheetActions>
    </Sheet>
  );
}

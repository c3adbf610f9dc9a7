import './controls.css';
import { Button } from 'react-aria-components/Button';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select, SelectValue } from 'react-aria-components/Select';
import { Text } from 'react-aria-components/Text';

export interface PickerOption {
  readonly id: string;
  readonly label: string;
  /** A second line: what it means, or why it is disabled. */
  readonly note?: string;
  readonly disabled?: boolean;
}

interface Props {
  label: string;
  choices: readonly PickerOption[];
  /** What the appliance reports; undefined while nothing is set. */
  value: string | undefined;
  placeholder: string;
  onChoose: (id: string) => void;
  isDisabled?: boolean;
}

/** A list to choose one from. Disabled choices stay visible with the reason. */
export function Picker({ label, choices, value, placeholder, onChoose, isDisabled }: Props) {
  return (
    <Select
      className="picker"
      aria-label={label}
      isDisabled={isDisabled}
      placeholder={placeholder}
      value={value ?? null}
      onChange={(key) => {
        if (key !== null) onChoose(String(key));
      }}
      disabledKeys={choices.filter(({ disabled }) => disabled).map(({ id }) => id)}
    >
      <Button className="button picker-button">
        <SelectValue className="picker-value">
          {({ selectedText, isPlaceholder }) => (isPlaceholder ? placeholder : selectedText)}
        </SelectValue>
        <span aria-hidden="true" className="picker-arrow">
          ▾
        </span>
      </Button>
      <Popover className="popover">
        <ListBox className="choices">
          {choices.map(({ id, label: text, note }) => (
            <ListBoxItem key={id} id={id} textValue={text} className="choice">
              <Text slot="label">{text}</Text>
              {note !== undefined && (
                <Text slot="description" className="choice-note">
                  {note}
                </Text>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

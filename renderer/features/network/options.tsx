import './network.css';
import type { ReactNode } from 'react';
import { Label } from 'react-aria-components/Label';
import { RadioButton, RadioField, RadioGroup } from 'react-aria-components/RadioGroup';

export interface Option<T extends string> {
  readonly id: T;
  readonly title: ReactNode;
  /** What it means. */
  readonly note: ReactNode;
}

interface Props<T extends string> {
  label: string;
  options: readonly Option<T>[];
  value: T | undefined;
  onChange: (id: T) => void;
  isDisabled?: boolean;
}

/** A few choices, each with what it means below it. */
export function Options<T extends string>({ label, options, value, onChange, isDisabled }: Props<T>) {
  return (
    <RadioGroup
      className="options"
      value={value ?? null}
      isDisabled={isDisabled}
      onChange={(id) => {
        const option = options.find((each) => each.id === id);
        if (option) onChange(option.id);
      }}
    >
      <Label className="options-label">{label}</Label>
      {options.map(({ id, title, note }) => (
        <RadioField key={id} value={id}>
          <RadioButton className="option">
            <span className="option-shape" aria-hidden="true" />
            <span>
              <span className="option-title">{title}</span>
              <span className="option-note">{note}</span>
            </span>
          </RadioButton>
        </RadioField>
      ))}
    </RadioGroup>
  );
}

import type { ConfigFormat } from '../../../contract/inventory.ts';
import { FORMATS } from '../../model/config-formats.ts';
import { Picker } from '../../ui/picker.tsx';
import { FORMAT } from './labels.ts';

/** The format of a config, each with the systems it is for. */
export function FormatPicker({ format, onChoose }: { format: ConfigFormat; onChoose: (format: ConfigFormat) => void }) {
  const choose = (id: string): void => {
    const chosen = FORMATS.find((each) => each.id === id);
    if (chosen) onChoose(chosen.id);
  };
  return (
    <div className="field">
      <span className="field-label" aria-hidden="true">
        {FORMAT.label}
      </span>
      <Picker label={FORMAT.label} choices={FORMATS} value={format} placeholder={FORMAT.choose} onChoose={choose} />
    </div>
  );
}

import './controls.css';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField, type TextFieldProps } from 'react-aria-components/TextField';

interface Props extends TextFieldProps {
  label: string;
  /** What to write, in a few words. */
  help?: string;
  placeholder?: string;
  /** MACs, addresses and arguments. */
  mono?: boolean;
  error?: string;
}

export function Field({ label, help, placeholder, mono, error, ...rest }: Props) {
  return (
    <TextField {...rest} isInvalid={error !== undefined} className="field">
      <Label className="field-label">{label}</Label>
      <Input className={mono ? 'input mono' : 'input'} placeholder={placeholder} />
      {help !== undefined && (
        <Text slot="description" className="field-help">
          {help}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  );
}

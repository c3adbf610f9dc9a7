import type { ErrorBody } from '../../contract/errors.ts';
import { Failure } from './failure.tsx';
import { Field } from './field.tsx';
import { StateMark } from './state.tsx';

export type CredentialsState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy' }
  /** `persistent`: false where this computer cannot store it safely, so that it is lost with a restart. */
  | { readonly kind: 'stored'; readonly persistent: boolean }
  | { readonly kind: 'failed'; readonly error: ErrorBody };

/** Whether what was entered is stored, and for how long. */
export function CredentialsOutcome({
  state,
  labels,
}: {
  state: CredentialsState;
  labels: { readonly saved: string; readonly savedForSession: string; readonly savedForSessionReason: string };
}) {
  if (state.kind === 'failed') return <Failure error={state.error} />;
  if (state.kind !== 'stored') return null;
  if (state.persistent)
    return (
      <p role="status">
        <StateMark state="ready">{labels.saved}</StateMark>
      </p>
    );
  return (
    <p role="status">
      <StateMark state="needs">{labels.savedForSession}</StateMark> <span className="quiet">{labels.savedForSessionReason}</span>
    </p>
  );
}

interface FieldsProps {
  /** `stored` and `fresh`: the help of the secret's field where one is stored, and where none is. */
  labels: { readonly user: string; readonly secret: string; readonly stored: string; readonly fresh: string };
  user: string;
  /** What is typed now. A stored secret never comes back. */
  secret: string;
  hasSecret: boolean;
  placeholder?: string;
  autoFocus?: boolean;
  errors?: { readonly user?: string | undefined; readonly secret?: string | undefined };
  onChange: (account: { user: string; secret: string }) => void;
}

/** An account: its user, and its secret, which is sent once. */
export function AccountFields({ labels, user, secret, hasSecret, placeholder, autoFocus = false, errors, onChange }: FieldsProps) {
  return (
    <div className="field-columns">
      <Field
        label={labels.user}
        mono
        autoFocus={autoFocus}
        value={user}
        onChange={(next) => onChange({ user: next, secret })}
        autoComplete="off"
        placeholder={placeholder}
        error={errors?.user}
      />
      <Field
        label={labels.secret}
        type="password"
        value={secret}
        onChange={(next) => onChange({ user, secret: next })}
        autoComplete="new-password"
        help={hasSecret ? labels.stored : labels.fresh}
        error={errors?.secret}
      />
    </div>
  );
}

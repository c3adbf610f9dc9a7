import { useState, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import { FACTORY_ACCOUNTS, FactoryVendor, type BmcStatus } from '../../../contract/bmc.ts';
import type { Host } from '../../../contract/inventory.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Picker } from '../../ui/picker.tsx';
import { StateMark } from '../../ui/state.tsx';
import { ACCESS, factoryAccount } from './labels.ts';
import { useBmcCredentials, type Credentials, type CredentialsState } from './use-bmc-credentials.ts';

interface Props {
  host: Host;
  status: BmcStatus | undefined;
  onClose: () => void;
}

/** Where a host's BMC is and who logs in to it. The password is sent once and does not stay on this page. */
export function BmcAccess({ host, status, onClose }: Props) {
  const { bmc } = host;
  const { state, save, tryFactory, forget } = useBmcCredentials(host);
  const [form, setForm] = useState<Credentials>({ address: bmc?.address ?? '', username: bmc?.username ?? '', password: '' });
  const entered = { ...form, address: form.address.trim(), username: form.username.trim() };

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setForm({ ...form, password: '' });
    const isSaved = await save(entered);
    if (isSaved && entered.password === '') onClose();
  };
  const logInWith = async (vendor: FactoryVendor): Promise<void> => {
    if (await tryFactory(vendor)) setForm((shown) => ({ ...shown, username: FACTORY_ACCOUNTS[vendor].username }));
  };
  const remove = async (): Promise<void> => {
    if (await forget()) onClose();
  };

  const isBusy = state.kind === 'busy';
  return (
    <Form className="bmc-access" validationBehavior="aria" onSubmit={(event) => void submit(event)}>
      <CredentialFields form={form} hasPassword={status?.hasPassword === true} onChange={setForm} />
      <Outcome state={state} />
      <div className="power-verbs">
        <Button main type="submit" isDisabled={isBusy || !isComplete(entered)}>
          {isBusy ? ACCESS.saving : ACCESS.save}
        </Button>
        <Button onPress={onClose}>{ACCESS.close}</Button>
        {isUnchanged(entered, host) && status?.hasPassword === false && (
          <FactoryPicker isDisabled={isBusy} onChoose={(vendor) => void logInWith(vendor)} />
        )}
        {bmc && (
          <Button plain onPress={() => void remove()}>
            {ACCESS.forget}
          </Button>
        )}
      </div>
    </Form>
  );
}

function isComplete({ address, username, password }: Credentials): boolean {
  return address !== '' && (password === '' || username !== '');
}

function isUnchanged({ address, username }: Credentials, { bmc }: Host): boolean {
  return address === bmc?.address && username === (bmc.username ?? '');
}

interface FieldsProps {
  form: Credentials;
  hasPassword: boolean;
  onChange: (form: Credentials) => void;
}

function CredentialFields({ form, hasPassword, onChange }: FieldsProps) {
  const setter = (field: keyof Credentials) => (value: string) => onChange({ ...form, [field]: value });
  return (
    <>
      <Field
        label={ACCESS.address}
        mono
        autoFocus
        value={form.address}
        onChange={setter('address')}
        placeholder="192.168.77.203"
        help={ACCESS.addressHelp}
      />
      <div className="field-columns">
        <Field label={ACCESS.user} mono value={form.username} onChange={setter('username')} autoComplete="off" placeholder="root" />
        <Field
          label={ACCESS.password}
          type="password"
          value={form.password}
          onChange={setter('password')}
          autoComplete="new-password"
          help={hasPassword ? ACCESS.passwordStored : ACCESS.passwordNew}
        />
      </div>
    </>
  );
}

function FactoryPicker({ isDisabled, onChoose }: { isDisabled: boolean; onChoose: (vendor: FactoryVendor) => void }) {
  return (
    <Picker
      label={ACCESS.tryFactory}
      choices={FactoryVendor.options.map((id) => ({ id, label: id, note: factoryAccount(id) }))}
      value={undefined}
      placeholder={ACCESS.tryFactory}
      isDisabled={isDisabled}
      onChoose={(id) => onChoose(FactoryVendor.parse(id))}
    />
  );
}

function Outcome({ state }: { state: CredentialsState }) {
  if (state.kind === 'failed') return <Failure error={state.error} />;
  if (state.kind !== 'stored') return null;
  if (state.persistent)
    return (
      <p role="status">
        <StateMark state="ready">{ACCESS.saved}</StateMark>
      </p>
    );
  return (
    <p role="status">
      <StateMark state="needs">{ACCESS.savedForSession}</StateMark> <span className="quiet">{ACCESS.savedForSessionReason}</span>
    </p>
  );
}

import { useState, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import { FACTORY_ACCOUNTS, FactoryVendor, type BmcStatus } from '../../../contract/bmc.ts';
import type { Host } from '../../../contract/inventory.ts';
import { Button } from '../../ui/button.tsx';
import { AccountFields, CredentialsOutcome } from '../../ui/credentials.tsx';
import { Field } from '../../ui/field.tsx';
import { Picker } from '../../ui/picker.tsx';
import { ACCESS, factoryAccount } from './labels.ts';
import { useBmcCredentials, type Credentials } from './use-bmc-credentials.ts';

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
    <Form className="access-form" validationBehavior="aria" onSubmit={(event) => void submit(event)}>
      <CredentialFields form={form} hasPassword={status?.hasPassword === true} onChange={setForm} />
      <CredentialsOutcome state={state} labels={ACCESS} />
      <div className="button-row">
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

const ACCOUNT = { user: ACCESS.user, secret: ACCESS.password, stored: ACCESS.passwordStored, fresh: ACCESS.passwordNew };

interface FieldsProps {
  form: Credentials;
  hasPassword: boolean;
  onChange: (form: Credentials) => void;
}

function CredentialFields({ form, hasPassword, onChange }: FieldsProps) {
  return (
    <>
      <Field
        label={ACCESS.address}
        mono
        autoFocus
        value={form.address}
        onChange={(address) => onChange({ ...form, address })}
        placeholder="192.168.77.203"
        help={ACCESS.addressHelp}
      />
      <AccountFields
        labels={ACCOUNT}
        user={form.username}
        secret={form.password}
        hasSecret={hasPassword}
        placeholder="root"
        onChange={({ user, secret }) => onChange({ ...form, username: user, password: secret })}
      />
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

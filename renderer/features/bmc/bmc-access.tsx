import { useState, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import { FACTORY_ACCOUNTS, FactoryVendor, type BmcStatus } from '../../../contract/bmc.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Picker } from '../../ui/picker.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useBmcs } from './bmc-context.ts';
import { factoryWords } from './bmc-labels.ts';

interface Props {
  host: Host;
  status: BmcStatus | undefined;
  onClose: () => void;
}

type Told = { kept: boolean } | { error: ErrorBody } | 'asked';

/** Where its BMC is and who may ask it. The password goes out once and is not kept on this page. */
export function BmcAccess({ host, status, onClose }: Props) {
  const { name, bmc } = host;
  const call = useCall();
  const bmcs = useBmcs();
  const [address, setAddress] = useState(bmc?.address ?? '');
  const [username, setUsername] = useState(bmc?.username ?? '');
  const [password, setPassword] = useState('');
  const [told, setTold] = useState<Told>();
  const isChanged = address.trim() !== (bmc?.address ?? '') || username.trim() !== (bmc?.username ?? '');

  const save = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const secret = password;
    setPassword('');
    setTold('asked');
    const user = username.trim();
    if (isChanged) {
      const patched = await call('host.patch', { name, patch: { bmc: { address: address.trim(), username: user === '' ? null : user } } });
      if (!patched.ok) {
        setTold({ error: patched.error });
        return;
      }
    }
    if (secret !== '') {
      const answer = await call('bmc.setCredentials', { host: name, username: user, password: secret });
      if (!answer.ok) {
        setTold({ error: answer.error });
        return;
      }
      setTold({ kept: answer.value.kept });
    }
    bmcs.forget(name);
    await bmcs.test(name);
    if (secret === '') onClose();
  };
  const tryFactory = async (vendor: FactoryVendor): Promise<void> => {
    setTold('asked');
    const found = await call('bmc.tryFactory', { address: bmc?.address ?? '', vendor });
    const answer = found.ok ? await call('bmc.setCredentials', { host: name, ...FACTORY_ACCOUNTS[vendor] }) : found;
    setTold(answer.ok ? { kept: answer.value.kept } : { error: answer.error });
    if (!answer.ok) return;
    setUsername(FACTORY_ACCOUNTS[vendor].username);
    bmcs.forget(name);
    await bmcs.test(name);
  };
  const forget = async (): Promise<void> => {
    const answer = await call('host.patch', { name, patch: { bmc: null } });
    if (!answer.ok) {
      setTold({ error: answer.error });
      return;
    }
    bmcs.forget(name);
    onClose();
  };

  return (
    <Form className="bmc-access" validationBehavior="aria" onSubmit={(event) => void save(event)}>
      <Field
        label="Address of its BMC"
        mono
        autoFocus
        value={address}
        onChange={setAddress}
        placeholder="192.168.77.203"
        help="A name or address; redfish://, redfish+http:// or ipmi:// where it is not to be found out"
      />
      <div className="field-columns">
        <Field label="User" mono value={username} onChange={setUsername} autoComplete="off" placeholder="root" />
        <Field
          label="Password"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
          help={status?.hasPassword ? 'One is known; write another to replace it' : 'Written here, never shown again'}
        />
      </div>
      {told !== undefined && told !== 'asked' && <ToldWords told={told} />}
      <div className="power-verbs">
        <Button main type="submit" isDisabled={told === 'asked' || address.trim() === '' || (password !== '' && username.trim() === '')}>
          {told === 'asked' ? 'Saved, asking the BMC …' : 'Save and test'}
        </Button>
        <Button onPress={onClose}>Close</Button>
        {bmc && !isChanged && status?.hasPassword === false && (
          <Picker
            label="Try a factory account"
            choices={FactoryVendor.options.map((id) => ({ id, label: id, note: factoryWords(id) }))}
            value={undefined}
            placeholder="Try a factory account"
            isDisabled={told === 'asked'}
            onChoose={(id) => void tryFactory(FactoryVendor.parse(id))}
          />
        )}
        {bmc && (
          <Button plain onPress={() => void forget()}>
            Forget this BMC
          </Button>
        )}
      </div>
    </Form>
  );
}

function ToldWords({ told }: { told: Exclude<Told, 'asked'> }) {
  if ('error' in told) return <Failure error={told.error} />;
  return (
    <p role="status">
      {told.kept ? (
        <StateMark state="ready">The password is kept, sealed by this computer.</StateMark>
      ) : (
        <>
          <StateMark state="needs">The password is known for this session only.</StateMark>{' '}
          <span className="quiet">This computer has no safe place for it: after a restart it is asked for again.</span>
        </>
      )}
    </p>
  );
}

import { useMemo, useState, type ReactNode, type SyntheticEvent } from 'react';
import { Form } from 'react-aria-components/Form';
import { FACTORY_ACCOUNTS, type BmcCandidate, type FactoryVendor } from '../../../contract/bmc.ts';
import { errorBody, BootbenchError, type ErrorBody } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { go } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Picker, type PickerOption } from '../../ui/picker.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { useBmcs } from './bmc-context.ts';
import { ACCESS, ADOPT, adoptTitle, factoryAccount, factoryOf, hasBmcAlready, looksLike, noPorts } from './labels.ts';

/** No host can have this name. */
const NEW = ' new';
const TYPED = 'typed';
const FACTORY = 'factory';

/** Which host the BMC belongs to, and how to log in. A new host gets its network ports from the BMC. */
export function AdoptBmcSheet({ candidate, onClose }: { candidate: BmcCandidate; onClose: () => void }) {
  const { ip, vendor, reason, factory } = candidate;
  const bmcs = useBmcs();
  const hosts = useHostChoices();
  const adopt = useAdoption(ip);
  const [owner, setOwner] = useState<string>();
  const [name, setName] = useState('');
  const [way, setWay] = useState(TYPED);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const isNew = owner === NEW;
  const lacks = owner === undefined || (isNew && name.trim() === '') || (way === TYPED && (username.trim() === '' || password === ''));

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const vendor = way === FACTORY ? factory : undefined;
    const account = vendor === undefined ? { username: username.trim(), password } : FACTORY_ACCOUNTS[vendor];
    setPassword('');
    setError(undefined);
    setAsked(true);
    const host = isNew ? name.trim() : (owner ?? '');
    const failed = await adopt({ name: host, isNew, account, vendor });
    setAsked(false);
    if (failed) {
      setError(failed);
      return;
    }
    bmcs.forget(host);
    onClose();
    go('hosts', host);
  };

  return (
    <Sheet title={adoptTitle(ip)} isOpen onClose={onClose}>
      <Form className="sheet-form" validationBehavior="aria" onSubmit={(event) => void submit(event)}>
        <p className="quiet">
          {looksLike(vendor)} {reason}
        </p>
        <Labelled label={ADOPT.host}>
          <Picker label={ADOPT.host} choices={hosts} value={owner} placeholder={ADOPT.chooseHost} onChoose={setOwner} />
        </Labelled>
        {isNew && <Field label={ADOPT.name} value={name} onChange={setName} placeholder="r750-03" help={ADOPT.nameHelp} />}
        {factory !== undefined && (
          <Labelled label={ADOPT.logIn}>
            <Picker
              label={ADOPT.logIn}
              choices={[
                { id: TYPED, label: ADOPT.typed },
                { id: FACTORY, label: factoryOf(factory), note: factoryAccount(factory) },
              ]}
              value={way}
              placeholder={ADOPT.logIn}
              onChoose={setWay}
            />
          </Labelled>
        )}
        {way === TYPED && (
          <div className="field-columns">
            <Field label={ACCESS.user} mono value={username} onChange={setUsername} autoComplete="off" placeholder="root" />
            <Field label={ACCESS.password} type="password" value={password} onChange={setPassword} autoComplete="new-password" />
          </div>
        )}
        {error && <Failure error={error} />}
        <SheetActions>
          <Button onPress={onClose}>{ADOPT.cancel}</Button>
          <Button main type="submit" isDisabled={asked || lacks}>
            {asked ? ADOPT.adopting : ADOPT.adopt}
          </Button>
        </SheetActions>
      </Form>
    </Sheet>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="field">
      <span className="field-label" aria-hidden="true">
        {label}
      </span>
      {children}
    </div>
  );
}

/** Those that have a BMC say so and cannot be chosen. */
function useHostChoices(): PickerOption[] {
  const hosts = useAppStore((state) => state.hosts);
  return useMemo(() => {
    const choice = ({ name, bmc }: Host): PickerOption =>
      bmc ? { id: name, label: name, note: hasBmcAlready(bmc.address), disabled: true } : { id: name, label: name };
    return [
      { id: NEW, label: ADOPT.newHost },
      ...Object.values(hosts)
        .sort((a, b) => a.name.localeCompare(b.name))
        .map(choice),
    ];
  }, [hosts]);
}

interface Adoption {
  /** Of the host that gets the BMC. */
  name: string;
  isNew: boolean;
  account: { username: string; password: string };
  /** Whose factory account that is; tried first, once. */
  vendor: FactoryVendor | undefined;
}

/** Probes the BMC where its facts are needed first, then adds it to the host and stores the password. Resolves to the error, if any. */
function useAdoption(ip: string) {
  const call = useCall();
  return async ({ name, isNew, account, vendor }: Adoption): Promise<ErrorBody | undefined> => {
    const probed =
      vendor !== undefined
        ? await call('bmc.tryFactory', { address: ip, vendor })
        : isNew
          ? await call('bmc.probe', { address: ip, ...account })
          : undefined;
    if (probed?.ok === false) return probed.error;
    const macs = probed?.value.macs ?? [];
    if (isNew && macs.length === 0) return errorBody(new BootbenchError('E_BMC_UNSUPPORTED', noPorts(ip), { next: ADOPT.noPortsNext }));
    const bmc = { address: ip, username: account.username };
    const given = isNew
      ? await call('host.add', { name, interfaces: macs.map((mac) => ({ mac })), bmc })
      : await call('host.patch', { name, patch: { bmc } });
    if (!given.ok) return given.error;
    const stored = await call('bmc.setCredentials', { host: name, ...account });
    return stored.ok ? undefined : stored.error;
  };
}

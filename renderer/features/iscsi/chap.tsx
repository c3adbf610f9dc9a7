import { useState, type SyntheticEvent } from 'react';
import { CheckboxButton, CheckboxField } from 'react-aria-components/Checkbox';
import { Form } from 'react-aria-components/Form';
import type { Host } from '../../../contract/inventory.ts';
import { Button } from '../../ui/button.tsx';
import { AccountFields, CredentialsOutcome } from '../../ui/credentials.tsx';
import { StateMark } from '../../ui/state.tsx';
import { accountLabel, CHAP } from './labels.ts';
import { faultsOf, useChap, useStoredSecrets, type ChapEntry } from './use-chap.ts';

type Stored = ReturnType<typeof useStoredSecrets>['value'];

/** The account that a host has to log in with. */
export function Chap({ host }: { host: Host }) {
  const [isOpen, setOpen] = useState(false);
  const chap = host.iscsi?.chap;
  const { value: stored } = useStoredSecrets(host);
  const lacks = chap && stored && (!stored.machine || (chap.reverseUsername !== undefined && !stored.target));
  return (
    <div className="iscsi-chap" role="group" aria-label={CHAP.title}>
      {lacks && (
        <p>
          <StateMark state="needs">{CHAP.noSecret}</StateMark> <span className="quiet">{CHAP.noSecretNext}</span>
        </p>
      )}
      {isOpen ? (
        <ChapForm host={host} stored={stored} onClose={() => setOpen(false)} />
      ) : (
        <div className="access-line">
          <span>{chap ? <Account chap={chap} /> : <span className="quiet">{CHAP.none}</span>}</span>
          <Button onPress={() => setOpen(true)}>{chap ? CHAP.edit : CHAP.add}</Button>
        </div>
      )}
    </div>
  );
}

function Account({ chap }: { chap: Parameters<typeof accountLabel>[0] }) {
  return (
    <>
      <span className="quiet">{CHAP.title}</span> <span className="mono small">{accountLabel(chap)}</span>
    </>
  );
}

/** The secrets are sent once and do not stay on this page. */
function ChapForm({ host, stored, onClose }: { host: Host; stored: Stored; onClose: () => void }) {
  const chap = host.iscsi?.chap;
  const { state, save, remove, dismiss } = useChap(host.name);
  const [entry, setEntry] = useState<ChapEntry>({
    ...{ user: chap?.username ?? '', targetUser: chap?.reverseUsername ?? '', secret: '', targetSecret: '' },
    isMutual: chap?.reverseUsername !== undefined,
  });
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setEntry({ ...entry, secret: '', targetSecret: '' });
    const isSaved = await save({ ...entry, user: entry.user.trim(), targetUser: entry.targetUser.trim() });
    if (isSaved && entry.secret === '' && entry.targetSecret === '') onClose();
  };
  const change = (next: ChapEntry): void => {
    dismiss();
    setEntry(next);
  };
  const isBusy = state.kind === 'busy';
  const { at, rest } = faultsOf(state);
  return (
    <Form className="access-form" validationBehavior="aria" onSubmit={(event) => void submit(event)}>
      <ChapFields entry={entry} stored={stored} faults={at} onChange={change} />
      <CredentialsOutcome state={rest} labels={CHAP} />
      <div className="button-row">
        <Button main type="submit" isDisabled={isBusy || !isComplete(entry, stored)}>
          {isBusy ? CHAP.saving : CHAP.save}
        </Button>
        <Button onPress={onClose}>{CHAP.close}</Button>
        {chap && (
          <Button plain onPress={() => void remove().then((removed) => removed && onClose())}>
            {CHAP.remove}
          </Button>
        )}
      </div>
    </Form>
  );
}

function isComplete({ user, secret, isMutual, targetUser, targetSecret }: ChapEntry, stored: Stored): boolean {
  const isKnown = user.trim() !== '' && (secret !== '' || stored?.machine === true);
  return isKnown && (!isMutual || (targetUser.trim() !== '' && (targetSecret !== '' || stored?.target === true)));
}

interface FieldsProps {
  entry: ChapEntry;
  stored: Stored;
  faults: Readonly<Record<string, string>>;
  onChange: (entry: ChapEntry) => void;
}

const HELP = { stored: CHAP.secretStored, fresh: CHAP.secretNew };

function ChapFields({ entry, stored, faults, onChange }: FieldsProps) {
  return (
    <>
      <AccountFields
        labels={{ user: CHAP.user, secret: CHAP.secret, ...HELP }}
        autoFocus
        user={entry.user}
        secret={entry.secret}
        hasSecret={stored?.machine === true}
        errors={{ user: faults.username, secret: faults.secret }}
        onChange={(account) => onChange({ ...entry, ...account })}
      />
      <CheckboxField isSelected={entry.isMutual} onChange={(isMutual) => onChange({ ...entry, isMutual })}>
        <CheckboxButton className="check">
          <span className="mark" aria-hidden="true" />
          {CHAP.mutual}
        </CheckboxButton>
        <span className="field-help">{CHAP.mutualHelp}</span>
      </CheckboxField>
      {entry.isMutual && (
        <AccountFields
          labels={{ user: CHAP.targetUser, secret: CHAP.targetSecret, ...HELP }}
          user={entry.targetUser}
          secret={entry.targetSecret}
          hasSecret={stored?.target === true}
          errors={{ user: faults['reverse.username'], secret: faults['reverse.secret'] }}
          onChange={({ user, secret }) => onChange({ ...entry, targetUser: user, targetSecret: secret })}
        />
      )}
    </>
  );
}

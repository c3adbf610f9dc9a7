import { useCallback, useEffect, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Config } from '../../../contract/inventory.ts';
import { useCall } from '../../store/use-store.ts';
import {
  contentOf,
  draftOf,
  dropDraft,
  isChanged,
  keepMine,
  meet,
  patchOf,
  storedDraft,
  storeDraft,
  type Content,
  type Draft,
  type Meeting,
} from './draft.ts';

export interface Editing {
  readonly draft: Draft;
  /** What the appliance has, where it went another way than the editor. */
  readonly theirs: Content | undefined;
  readonly error: ErrorBody | undefined;
  readonly saving: boolean;
  change(next: Draft): void;
  save(): void;
  keepMine(): void;
  takeTheirs(): void;
}

/** The editing of one config: survives a reload, follows the appliance, and never writes over what another wrote. */
export function useDraft(config: Config): Editing {
  const { name } = config;
  const call = useCall();
  const [draft, setDraft] = useState(() => storedDraft(name) ?? draftOf(config));
  const [error, setError] = useState<ErrorBody>();
  const [saving, setSaving] = useState(false);
  // The answer to a save may be here before the change that it made.
  const [savedAt, setSavedAt] = useState(0);
  const meeting: Meeting = config.updatedAt < savedAt ? { kind: 'same' } : meet(draft, config);
  const change = useCallback(
    (next: Draft) => {
      setDraft(next);
      storeDraft(name, next);
    },
    [name],
  );

  useEffect(() => {
    if (meeting.kind === 'follow' && !saving) change(meeting.draft);
  });

  const save = async (): Promise<void> => {
    if (!isChanged(draft) || saving || meeting.kind === 'conflict') return;
    setSaving(true);
    setError(await write(draft));
    setSaving(false);
  };

  /** Asks once more before it writes, for a change may be on its way here. */
  const write = async (mine: Draft): Promise<ErrorBody | undefined> => {
    const now = await call('config.get', { name });
    if (!now.ok) return now.error;
    if (meet(mine, now.value).kind === 'conflict') return undefined;
    const answer = await call('config.patch', { name, patch: patchOf(mine) });
    if (!answer.ok) return answer.error;
    setSavedAt(answer.value.updatedAt);
    // What was typed meanwhile stays as a change upon what was saved.
    setDraft((current) => {
      const next = { base: contentOf(answer.value), mine: current.mine };
      storeDraft(name, next);
      return next;
    });
    return undefined;
  };

  return {
    draft,
    theirs: meeting.kind === 'conflict' && !saving ? meeting.theirs : undefined,
    error,
    saving,
    change,
    save: () => void save(),
    keepMine: () => change(keepMine(draft, contentOf(config))),
    takeTheirs: () => {
      dropDraft(name);
      change(draftOf(config));
    },
  };
}

import { useState } from 'react';
import { CheckboxButton, CheckboxField } from 'react-aria-components/Checkbox';
import { CheckboxGroup } from 'react-aria-components/CheckboxGroup';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import { href } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Failure } from '../../ui/failure.tsx';
import { Section } from '../../ui/section.tsx';

/** Which configs go with the image. What is ticked is what the appliance says; a refusal tells which hosts stand against it. */
export function ImageConfigs({ image: { name, bootConfigs } }: { image: Image }) {
  const call = useCall();
  const configs = useAppStore((state) => state.configs);
  const hosts = useAppStore((state) => state.hosts);
  const [error, setError] = useState<ErrorBody>();
  const change = async (next: string[]): Promise<void> => {
    const answer = await call('image.patch', { name, patch: { bootConfigs: next } });
    setError(answer.ok ? undefined : answer.error);
  };
  const usersOf = (config: string): string[] =>
    Object.values(hosts).flatMap((host) => (host.assignment?.image === name && host.assignment.config === config ? [host.name] : []));
  const all = Object.values(configs).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <Section
      id="image-configs"
      title="Compatible configs"
      aside={bootConfigs.length === 0 && 'none selected: hosts boot it without a config'}
    >
      {all.length === 0 && (
        <p className="quiet">
          No configs yet.{' '}
          <a className="go-link" href={href('configs')}>
            Add one on the Configs page
          </a>
          .
        </p>
      )}
      {error && <Failure error={error} />}
      <CheckboxGroup aria-label="Compatible configs" value={[...bootConfigs]} onChange={(next) => void change(next)}>
        {all.map((config) => (
          <div key={config.name} className="tick-row">
            <CheckboxField value={config.name}>
              <CheckboxButton className="tick">
                <span className="tick-box" aria-hidden="true" />
                <span>{config.name}</span> <span className="quiet small">{config.format}</span>
              </CheckboxButton>
            </CheckboxField>
            <span className="quiet small tick-users" title={usersOf(config.name).join(', ')}>
              {usersOf(config.name).length > 0 && `used by ${usersOf(config.name).join(', ')}`}
            </span>
          </div>
        ))}
      </CheckboxGroup>
    </Section>
  );
}

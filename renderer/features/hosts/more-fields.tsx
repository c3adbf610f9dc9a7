import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Disclosure, DisclosurePanel } from 'react-aria-components/Disclosure';

/** Fields that are seldom needed; unfolded where one of them was refused. */
export function MoreFields({ title, isRefused, children }: { title: string; isRefused: boolean; children: ReactNode }) {
  return (
    <Disclosure key={String(isRefused)} defaultExpanded={isRefused} className="fold">
      <Button slot="trigger" className="button button-plain fold-button">
        <span aria-hidden="true" className="fold-arrow">
          ▸
        </span>
        {title}
      </Button>
      <DisclosurePanel>
        <div className="field-columns">{children}</div>
      </DisclosurePanel>
    </Disclosure>
  );
}

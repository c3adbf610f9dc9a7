import './controls.css';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Disclosure, DisclosurePanel } from 'react-aria-components/Disclosure';

/** Something under a word that opens it. */
export function Fold({ title, className, children }: { title: string; className?: string; children: ReactNode }) {
  return (
    <Disclosure className={className === undefined ? 'fold' : `fold ${className}`}>
      <Button slot="trigger" className="fold-word">
        <span aria-hidden="true" className="fold-arrow">
          ▸
        </span>
        {title}
      </Button>
      <DisclosurePanel>{children}</DisclosurePanel>
    </Disclosure>
  );
}

import './section.css';
import type { ReactNode } from 'react';

/** A titled part of the page under one hairline. */
export function Section({ id, title, aside, children }: { id: string; title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section id={id} className="section" aria-labelledby={`${id}-title`}>
      <header className="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside !== undefined && <span className="quiet small">{aside}</span>}
      </header>
      {children}
    </section>
  );
}

/** Shown in place of an empty list: that it is empty, and what would fill it. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="section-empty quiet">{children}</p>;
}

import type { Image } from '../../../contract/inventory.ts';
import type { ImageDescription } from '../../../contract/views.ts';
import { METHODS } from '../../model/boot-methods.ts';
import { formatLabel } from '../../model/config-formats.ts';
import { useAnswer, type Answered } from '../../store/use-answer.ts';
import { Failure } from '../../ui/failure.tsx';
import { Fold } from '../../ui/fold.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Snippet } from './snippet.tsx';

export function useDescription({ name, updatedAt }: Image): Answered<ImageDescription> {
  return useAnswer('image.describe', { name }, { again: updatedAt });
}

/** What will work with it, what will not, and why. */
export function WhatWorks({ described: { value, error } }: { described: Answered<ImageDescription> }) {
  return (
    <Section id="image-works" title="Boot methods">
      {error && <Failure error={error} />}
      {!value && !error && <Empty>Analyzing…</Empty>}
      {value && <Works value={value} />}
    </Section>
  );
}

function Works({ value: { methods, needsInternet, warnings } }: { value: ImageDescription }) {
  return (
    <>
      <ul className="works">
        {methods.map(({ method, works, reason: why }) => (
          <li key={method} className="works-row">
            <StateMark state={works ? 'ready' : 'off'}>
              {METHODS[method]}
              {!works && <span className="quiet">, not available</span>}
            </StateMark>
            <span className="small quiet works-why">{why}</span>
          </li>
        ))}
      </ul>
      {needsInternet !== undefined && (
        <p className="works-warning">
          <StateMark state="needs">It needs the internet. {needsInternet}</StateMark>
        </p>
      )}
      {warnings.map((warning) => (
        <p key={warning} className="works-warning">
          <StateMark state="needs">{warning}</StateMark>
        </p>
      ))}
    </>
  );
}

/** Which kinds of config its installer takes, how they reach it, and what to put in so that it phones home. */
export function ConfigFormats({ described: { value } }: { described: Answered<ImageDescription> }) {
  if (!value) return null;
  return (
    <Section id="image-formats" title="Config formats its installer accepts">
      {value.configs.length === 0 && <Empty>None: unattended installation is not supported.</Empty>}
      <ul>
        {value.configs.map(({ format, how, phoneHome }) => (
          <li key={format} className="format-row">
            <span>{formatLabel(format)}</span>
            <span className="small quiet">{how}</span>
            {phoneHome !== undefined && (
              <Fold title="Lines that report completion to Bootbench" className="format-fold">
                <Snippet text={phoneHome} label={`Phone-home lines for ${formatLabel(format)}`} />
              </Fold>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

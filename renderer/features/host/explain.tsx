import { useEffect, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Disclosure, DisclosurePanel } from 'react-aria-components/Disclosure';
import type { Explanation, ExplainStep } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { useBench, useCall } from '../../store/use-bench.ts';
import { Failure } from '../../ui/failure.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Section } from '../../ui/section.tsx';

const STAGES: Record<ExplainStep['stage'], string> = {
  identity: 'It is',
  dhcp: 'Its loader gets',
  'boot-file': 'Its firmware gets',
  script: 'The script',
  image: 'The ISO',
  arguments: 'Kernel arguments',
  config: 'The config',
};

/** "What will this host get?": the appliance's own decision, asked again whenever something that it depends on changes. */
export function Explain({ host }: { host: Host }) {
  const [chosen, setChosen] = useState<string>();
  const macs = host.interfaces.map(({ mac }) => mac);
  const mac = chosen !== undefined && macs.includes(chosen) ? chosen : macs[0];
  const { explanation, error } = useExplanation(host, mac ?? host.name);
  return (
    <Section id="explain" title="What will this host get?">
      {macs.length > 1 && (
        <Picker label="By which MAC" choices={macs.map((id) => ({ id, label: id }))} value={mac} placeholder="a MAC" onChoose={setChosen} />
      )}
      {error && <Failure error={error} />}
      {explanation ? (
        <Chain explanation={explanation} />
      ) : (
        <p className="explain-asked quiet">{error ? '' : 'Asked what it would get now …'}</p>
      )}
    </Section>
  );
}

function useExplanation(host: Host, who: string): { explanation: Explanation | undefined; error: ErrorBody | undefined } {
  const call = useCall();
  const { assignment } = host;
  const image = useBench((state) => state.images[assignment?.image ?? '']?.updatedAt);
  const config = useBench((state) => state.configs[assignment?.config ?? '']?.updatedAt);
  const bootUrl = useBench((state) => state.status?.bootUrl);
  const isLive = useBench((state) => state.link.state === 'live');
  const [known, setKnown] = useState<{ explanation?: Explanation; error?: ErrorBody }>({});
  useEffect(() => {
    if (!isLive) return;
    let current = true;
    void call('host.explain', { host: who }).then((answer) => {
      if (current) setKnown(answer.ok ? { explanation: answer.value } : { error: answer.error });
    });
    return () => {
      current = false;
    };
  }, [call, who, host, image, config, bootUrl, isLive]);
  return { explanation: known.explanation, error: known.error };
}

function Chain({ explanation }: { explanation: Explanation }) {
  const { steps, script, kernelArguments } = explanation;
  return (
    <>
      <ol className="chain">
        {steps.map((step) => (
          <Step key={step.stage} step={step} />
        ))}
      </ol>
      {script !== undefined && <Folded title="Its script" text={script} />}
      {kernelArguments !== undefined && <Folded title="Its kernel arguments" text={kernelArguments} />}
    </>
  );
}

function Step({ step: { stage, answer, reasons } }: { step: ExplainStep }) {
  return (
    <li className="chain-step">
      <span className="small quiet">{STAGES[stage]}</span>
      <span className={stage === 'arguments' ? 'chain-answer mono' : 'chain-answer'}>{answer}</span>
      {reasons.length > 0 && (
        <Disclosure className="fold chain-why">
          <FoldButton>Why?</FoldButton>
          <DisclosurePanel>
            <ul>
              {reasons.map((reason) => (
                <li key={reason} className="small quiet">
                  {reason}
                </li>
              ))}
            </ul>
          </DisclosurePanel>
        </Disclosure>
      )}
    </li>
  );
}

function Folded({ title, text }: { title: string; text: string }) {
  return (
    <Disclosure className="fold">
      <FoldButton>{title}</FoldButton>
      <DisclosurePanel>
        <pre className="mono small script" tabIndex={0} aria-label={title}>
          {text}
        </pre>
      </DisclosurePanel>
    </Disclosure>
  );
}

function FoldButton({ children }: { children: string }) {
  return (
    <AriaButton slot="trigger" className="fold-word">
      <span aria-hidden="true" className="fold-arrow">
        ▸
      </span>
      {children}
    </AriaButton>
  );
}

import { useState } from 'react';
import type { Explanation, ExplainStep } from '../../../contract/appliance.ts';
import type { Host } from '../../../contract/inventory.ts';
import { useAnswer, type Answered } from '../../store/use-answer.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Failure } from '../../ui/failure.tsx';
import { Fold } from '../../ui/fold.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Section } from '../../ui/section.tsx';
import { EXPLAIN, EXPLAIN_STAGES } from './labels.ts';

/** "What will this host get?": the appliance's own decision, asked again whenever something that it depends on changes. */
export function Explain({ host }: { host: Host }) {
  const [chosen, setChosen] = useState<string>();
  const macs = host.interfaces.map(({ mac }) => mac);
  const mac = chosen !== undefined && macs.includes(chosen) ? chosen : macs[0];
  const { value: explanation, error } = useExplanation(host, mac ?? host.name);
  return (
    <Section id="explain" title={EXPLAIN.title}>
      {macs.length > 1 && (
        <Picker
          label={EXPLAIN.mac}
          choices={macs.map((id) => ({ id, label: id }))}
          value={mac}
          placeholder={EXPLAIN.macPlaceholder}
          onChoose={setChosen}
        />
      )}
      {error && <Failure error={error} />}
      {explanation ? <Chain explanation={explanation} /> : <p className="explain-asked quiet">{error ? '' : EXPLAIN.loading}</p>}
    </Section>
  );
}

function useExplanation(host: Host, who: string): Answered<Explanation> {
  const { assignment, updatedAt } = host;
  const image = useAppStore((state) => state.images[assignment?.image ?? '']?.updatedAt);
  const config = useAppStore((state) => state.configs[assignment?.config ?? '']?.updatedAt);
  const bootUrl = useAppStore((state) => state.status?.bootUrl);
  return useAnswer('host.explain', { host: who }, { again: [updatedAt, JSON.stringify(assignment), image, config, bootUrl].join(' ') });
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
      {script !== undefined && <Folded title={EXPLAIN.script} text={script} />}
      {kernelArguments !== undefined && <Folded title={EXPLAIN.kernelArguments} text={kernelArguments} />}
    </>
  );
}

function Step({ step: { stage, message: answer, reasons } }: { step: ExplainStep }) {
  return (
    <li className="chain-step">
      <span className="small quiet">{EXPLAIN_STAGES[stage]}</span>
      <span className={stage === 'arguments' ? 'chain-answer mono' : 'chain-answer'}>{answer}</span>
      {reasons.length > 0 && (
        <Fold title={EXPLAIN.why} className="chain-why">
          <ul>
            {reasons.map((reason) => (
              <li key={reason} className="small quiet">
                {reason}
              </li>
            ))}
          </ul>
        </Fold>
      )}
    </li>
  );
}

function Folded({ title, text }: { title: string; text: string }) {
  return (
    <Fold title={title}>
      <pre className="mono small script" tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </Fold>
  );
}

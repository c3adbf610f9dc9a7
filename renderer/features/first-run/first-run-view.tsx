import { Section } from '../../ui/section.tsx';

export function FirstRunView({ name }: { name?: string }) {
  return (
    <div className="view">
      <Section id="first_run" title="First run">
        {name}
      </Section>
    </div>
  );
}

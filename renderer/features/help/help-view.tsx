import { Section } from '../../ui/section.tsx';

export function HelpView({ name }: { name?: string }) {
  return (
    <div className="view">
      <Section id="help" title="Help">
        {name}
      </Section>
    </div>
  );
}

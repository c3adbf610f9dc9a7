import { Section } from '../../ui/section.tsx';

export function ConfigsView({ name }: { name?: string }) {
  return (
    <div className="view">
      <Section id="configs" title="Configs">
        {name}
      </Section>
    </div>
  );
}

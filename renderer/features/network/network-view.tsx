import { Section } from '../../ui/section.tsx';

export function NetworkView({ name }: { name?: string }) {
  return (
    <div className="view">
      <Section id="network" title="Network">
        {name}
      </Section>
    </div>
  );
}

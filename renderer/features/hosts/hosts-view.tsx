import { Section } from '../../ui/section.tsx';

export function HostsView({ name }: { name?: string }) {
  return (
    <div className="view">
      <Section id="hosts" title="Hosts">
        {name}
      </Section>
    </div>
  );
}

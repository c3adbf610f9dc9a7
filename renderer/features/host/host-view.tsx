import { Section } from '../../ui/section.tsx';

export function HostView({ name }: { name?: string }) {
  return (
    <div className="view">
      <Section id="host" title="Host">
        {name}
      </Section>
    </div>
  );
}

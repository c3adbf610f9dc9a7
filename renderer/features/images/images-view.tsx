import { Section } from '../../ui/section.tsx';

export function ImagesView({ name }: { name?: string }) {
  return (
    <div className="view">
      <Section id="images" title="Images">
        {name}
      </Section>
    </div>
  );
}

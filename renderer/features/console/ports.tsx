import { href } from '../../store/route.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { PAGE } from './labels.ts';

/** Serial ports of this computer, and whose console each is. */
export function Ports() {
  const { value: ports } = useAnswer('console.ports', {});
  return (
    <Section id="ports" title={PAGE.ports}>
      {ports?.length === 0 && <Empty>{PAGE.noPorts}</Empty>}
      <ul>
        {ports?.map(({ path, device, maker, product, host }) => (
          <li key={path} className="port-row">
            <span className="mono">{path}</span>
            <span className="quiet">{[maker, product].filter(Boolean).join(' ') || device}</span>
            {host !== undefined && (
              <a className="link" href={href('consoles', host)}>
                {host}
              </a>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

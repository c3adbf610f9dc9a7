import { href } from '../../store/route.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { PAGE, portOf } from './labels.ts';
import { usePorts } from './use-ports.ts';

/** Serial ports of this computer, and whose console each is. */
export function Ports() {
  const ports = usePorts();
  return (
    <Section id="ports" title={PAGE.ports}>
      {ports?.length === 0 && (
        <Empty>
          {PAGE.noPorts} {PAGE.noPortsNext}
        </Empty>
      )}
      <ul>
        {ports?.map(({ path, device, maker, product, host }) => (
          <li key={path} className="port-row">
            <span className="mono">{path}</span>
            <span className="quiet">{portOf({ path, device, maker, product })}</span>
            {host === undefined ? (
              <span className="quiet">{PAGE.portUnused}</span>
            ) : (
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

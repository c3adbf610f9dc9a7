import { ConfigList } from './config-list.tsx';
import { ConfigPage } from './config-page.tsx';

export function ConfigsView({ name }: { name?: string }) {
  return name === undefined ? <ConfigList /> : <ConfigPage key={name} name={name} />;
}

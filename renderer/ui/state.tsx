import type { ReactNode } from 'react';
import type { ServiceStatus } from '../../contract/appliance.ts';
import { STATE_LABELS } from './labels.ts';

/** The five states of everything: a shape, a colour and a word (never a colour alone). */
export type State = 'ready' | 'working' | 'needs' | 'failed' | 'off';

const SHAPES: Record<State, string> = { ready: '●', working: '◐', needs: '▲', failed: '■', off: '○' };

const OF_SERVICE: Record<ServiceStatus['state'], State> = {
  ready: 'ready',
  starting: 'working',
  waiting: 'needs',
  off: 'off',
  failed: 'failed',
};

export function stateOf(service: ServiceStatus): State {
  return OF_SERVICE[service.state];
}

export function StateMark({ state, children }: { state: State; children?: ReactNode }) {
  return (
    <span className={`state state-${state}`}>
      <span className="state-shape" aria-hidden="true">
        {SHAPES[state]}
      </span>
      {children ?? STATE_LABELS[state]}
    </span>
  );
}

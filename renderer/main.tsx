import './zod-setup.ts';
import '@fontsource-variable/inter';
import '@fontsource/ibm-plex-mono/400.css';
import '@fontsource/ibm-plex-mono/500.css';
import './ui/tokens.css';
import './ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { openAppliancePort } from './connection/open-port.ts';
import { startConnection } from './connection/connection.ts';
import { createBench } from './store/store.ts';
import { BenchContext } from './store/use-store.ts';

const bench = createBench();
const connection = startConnection(bench, openAppliancePort());
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <BenchContext value={{ bench, call: connection.call }}>
        <App />
      </BenchContext>
    </StrictMode>,
  );

import './zod-setup.ts';
import '@fontsource-variable/inter';
import '@fontsource/ibm-plex-mono/400.css';
import '@fontsource/ibm-plex-mono/500.css';
import './ui/tokens.css';
import './ui/base.css';
import './ui/list.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { openAppliancePort } from './connection/open-port.ts';
import { startConnection } from './connection/connection.ts';
import { createAppStore } from './store/store.ts';
import { AppStoreContext } from './store/use-store.ts';

const store = createAppStore();
const connection = startConnection(store, openAppliancePort());
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <AppStoreContext value={{ store, ...connection }}>
        <App />
      </AppStoreContext>
    </StrictMode>,
  );

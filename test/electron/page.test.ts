import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Place, startDesktop, type Desktop } from './desktop.ts';
import { startSession, type Session } from './session.ts';

let session: Session;
let desktop: Desktop;
const place = new Place();

beforeAll(async () => {
  session = await startSession();
  desktop = await startDesktop(session, place);
});
afterAll(async () => {
  await desktop.stop();
  await session.stop();
  place.remove();
});

describe('the window', () => {
  it('shows the page, connected to the appliance', async () => {
    expect(await desktop.inPage('document.title')).toBe('Bootbench');
    expect(await desktop.inMain(`electron.BrowserWindow.getAllWindows().length`)).toBe(1);
  });
});

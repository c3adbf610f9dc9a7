import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { menuTemplate } from '../../../electron/menu.ts';
import { MAIN_VIEWS, VIEWS } from '../../../contract/window-views.ts';
import { parseRoute } from '../../../renderer/store/route.ts';

function itemsOf(platform: NodeJS.Platform, packaged = true): { items: MenuItemConstructorOptions[]; done: string[] } {
  const done: string[] = [];
  const template = menuTemplate(
    {
      openIso: () => done.push('open ISO'),
      show: (view) => done.push(view),
      openDataFolder: () => done.push('data folder'),
      copyAddress: () => done.push('address'),
      saveSupportBundle: () => done.push('support bundle'),
    },
    platform,
    packaged,
  );
  const items = template.flatMap((item) => [item, ...((item.submenu ?? []) as MenuItemConstructorOptions[])]);
  return { items, done };
}

const click = (item: MenuItemConstructorOptions | undefined): void => (item?.click as () => void)();

describe.each(['linux', 'darwin', 'win32'] as const)('the menu on %s', (platform) => {
  it('has one thing for each shortcut', () => {
    const keys = itemsOf(platform).items.flatMap(({ accelerator }) => accelerator ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(expect.arrayContaining(['CmdOrCtrl+O', 'CmdOrCtrl+1', 'CmdOrCtrl+6', 'F1']));
  });

  it('leaves the page’s own shortcut alone', () => {
    expect(itemsOf(platform).items.map(({ accelerator }) => accelerator)).not.toContain('CmdOrCtrl+K');
  });

  it('leads to views that the page has', () => {
    const { items, done } = itemsOf(platform);
    items.filter(({ accelerator }) => /\+\d$|^F1$/.test(String(accelerator))).forEach(click);
    expect(done).toEqual([...MAIN_VIEWS.map(({ id }) => id), 'help']);
    for (const view of done) expect(parseRoute(`#/${view}`).view).toBe(view);
  });

  it('has a View menu with the views of the navigation, Jobs among them', () => {
    const { items } = itemsOf(platform);
    const labels = items.filter(({ accelerator }) => /\+\d$/.test(String(accelerator))).map(({ label }) => label);
    expect(labels).toEqual(['Bench', 'Hosts', 'Images', 'Configs', 'Jobs', 'Consoles', 'Network']);
    expect(labels).toEqual(MAIN_VIEWS.map(({ title }) => title));
  });

  it('copies the page’s address for a browser', () => {
    const { items, done } = itemsOf(platform);
    click(items.find(({ label }) => label === 'Copy page address'));
    expect(done).toEqual(['address']);
  });

  it('checks this computer and saves a support bundle', () => {
    const { items, done } = itemsOf(platform);
    for (const name of ['Check this computer', 'Save support bundle…']) click(items.find(({ label }) => label === name));
    expect(done).toEqual(['doctor', 'support bundle']);
  });

  it('asks for an ISO', () => {
    const { items, done } = itemsOf(platform);
    click(items.find(({ accelerator }) => accelerator === 'CmdOrCtrl+O'));
    expect(done).toEqual(['open ISO']);
  });
});

it('offers the developer tools in development only', () => {
  const roles = (packaged: boolean): unknown[] => itemsOf('linux', packaged).items.map(({ role }) => role);
  expect(roles(true)).not.toContain('toggleDevTools');
  expect(roles(false)).toContain('toggleDevTools');
});

it('has copy and paste, the program’s own menu on macOS, and a way out elsewhere', () => {
  const roles = (platform: NodeJS.Platform): unknown[] => itemsOf(platform).items.map(({ role }) => role);
  for (const platform of ['linux', 'darwin', 'win32'] as const) expect(roles(platform)).toContain('editMenu');
  expect(roles('darwin')).toContain('appMenu');
  expect(roles('linux')).toContain('quit');
});

it('every view has a route of its own', () => {
  expect(VIEWS.map(({ id }) => parseRoute(`#/${id}`).view)).toEqual(VIEWS.map(({ id }) => id));
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBench } from './bench.ts';
import type { Desktop, Place } from './desktop.ts';
import { pause, until } from './session.ts';

const bench = useBench();
let place: Place;
let desktop: Desktop;
let server: Server;
/** A page elsewhere, and what was requested of it. */
let elsewhere: string;
const requested: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requested.push(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*').end('<title>elsewhere</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  place = bench.place();
  desktop = await bench.start(place);
  await desktop.inPage('void (window.marked = true)');
});
afterAll(() => server.close());

describe('the page goes nowhere', () => {
  const secret = 'file:///etc/passwd';
  it.each([
    ['by location to http', () => `location.href = '${elsewhere}/location'`],
    ['by location to https', () => `location.href = 'https://example.org/'`],
    ['by location to a file', () => `location.href = '${secret}'`],
    ['by location to data', () => `location.href = 'data:text/html,<title>data</title>'`],
    ['by location to JavaScript', () => `location.href = 'javascript:document.title = "ran"'`],
    ['by location.replace', () => `location.replace('${elsewhere}/replace')`],
    ['by a link', () => linkTo(`${elsewhere}/link`)],
    ['by a link for a new window', () => linkTo(`${elsewhere}/blank`, '_blank')],
    [
      'by a form',
      () =>
        `(() => { const form = document.body.appendChild(document.createElement('form')); form.action = '${elsewhere}/form'; form.submit(); form.remove(); })()`,
    ],
    [
      'by a refresh',
      () => `document.head.insertAdjacentHTML('beforeend', '<meta http-equiv="refresh" content="0;url=${elsewhere}/refresh">')`,
    ],
    ['by window.open', () => `window.open('${elsewhere}/open')`],
    ['by window.open of nothing', () => `window.open('about:blank')`],
    ['by window.open of a file', () => `window.open('${secret}')`],
  ])('%s', async (_name, script) => {
    await desktop.inPage(`(() => void (${script()}))()`);
    await pause(250);
    expect(await desktop.inPage('window.marked')).toBe(true);
    expect(await desktop.inPage('document.title')).toBe('Bootbench');
    expect(await desktop.inMain('electron.BrowserWindow.getAllWindows().length')).toBe(1);
    expect(requested).toEqual([]);
  });

  const linkTo = (url: string, target = '_self'): string =>
    `(() => { const link = document.body.appendChild(document.createElement('a')); link.href = '${url}'; link.target = '${target}'; link.click(); link.remove(); })()`;
});

it.each(['about:blank', 'about:blank#blocked', 'about:srcdoc', 'about:srcdoc#there', 'about:nothing'])(
  'a page that its script has left for %s comes back',
  async (url) => {
    await desktop.inPage('void (window.marked = true)');
    // The page may be gone before it has answered.
    await desktop.inPage(`void setTimeout(() => (location.href = '${url}'), 50)`);
    await pause(300);
    desktop.dropPage();
    await desktop.live();
    expect(await desktop.inPage('window.marked')).toBe(undefined);
    expect(desktop.windows()).toHaveLength(1);
  },
);

describe('the page runs and reads only what is its own', () => {
  const ran = (script: string): Promise<boolean> =>
    desktop.inPage(
      `(async () => { window.ran = false; ${script}; await new Promise((done) => setTimeout(done, 150)); return window.ran; })()`,
    );

  it.each([
    [
      'an inline script',
      `const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.head.append(script)`,
    ],
    ['an event handler in HTML', `document.body.insertAdjacentHTML('beforeend', '<img src="missing.png" onerror="window.ran = true">')`],
    ['code from text', `try { (0, eval)('window.ran = true') } catch {}`],
    ['a module in a data: URL', `await import('data:text/javascript,window.ran = true').catch(() => undefined)`],
    [
      'a worker from a blob',
      `try { const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))); worker.onmessage = () => (window.ran = true); } catch {}`,
    ],
    [
      'a sub-frame with a script',
      `const frame = document.createElement('iframe'); frame.srcdoc = '<script>parent.ran = true</script>'; document.body.append(frame)`,
    ],
  ])('not %s', async (_name, script) => {
    expect(await ran(script)).toBe(false);
  });

  it.each([
    ['a file of the system', () => 'file:///etc/passwd'],
    ['a page elsewhere', () => `${elsewhere}/fetch`],
    ['a page of the internet', () => 'https://example.org/'],
  ])('not %s', async (_name, url) => {
    const answer = await desktop.inPage<string>(`fetch('${url()}').then((response) => response.text(), () => 'refused')`);
    expect(answer).toBe('refused');
    expect(requested).toEqual([]);
  });

  it('not an image elsewhere', async () => {
    const loaded = `new Promise((done) => { const image = new Image(); image.onload = () => done('loaded'); image.onerror = () => done('refused'); image.src = '${elsewhere}/image.png'; })`;
    expect(await desktop.inPage(loaded)).toBe('refused');
    expect(requested).toEqual([]);
  });
});

describe('permissions', () => {
  it.each([
    ['notifications', `Notification.requestPermission()`, 'denied'],
    [
      'the location',
      `new Promise((done) => navigator.geolocation.getCurrentPosition(() => done('got'), () => done('refused')))`,
      'refused',
    ],
    ['reading the clipboard', `navigator.clipboard.readText().then(() => 'got', () => 'refused')`, 'refused'],
    ['the camera', `navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'got', () => 'refused')`, 'refused'],
    ['the screen', `navigator.mediaDevices.getDisplayMedia().then(() => 'got', () => 'refused')`, 'refused'],
    ['MIDI', `navigator.requestMIDIAccess({ sysex: true }).then(() => 'got', () => 'refused')`, 'refused'],
    ['keeping the computer awake', `navigator.wakeLock.request('screen').then(() => 'got', () => 'refused')`, 'refused'],
    ['storage for good', `navigator.storage.persist().then((yes) => (yes ? 'got' : 'refused'))`, 'refused'],
    ['USB', `navigator.usb.requestDevice({ filters: [] }).then(() => 'got', () => 'refused')`, 'refused'],
    [
      'HID',
      `navigator.hid.requestDevice({ filters: [] }).then((list) => (list.length > 0 ? 'got' : 'refused'), () => 'refused')`,
      'refused',
    ],
    ['serial ports', `navigator.serial.requestPort().then(() => 'got', () => 'refused')`, 'refused'],
  ])('denies %s', async (_name, expression, expected) => {
    const guarded = `Promise.race([(async () => ${expression})().catch(() => 'refused'), new Promise((done) => setTimeout(() => done('no answer'), 3000))])`;
    expect(await desktop.inPage(guarded)).toBe(expected);
  });

  it('allows copying, which is all', async () => {
    desktop.press('Escape');
    expect(await desktop.inPage(`navigator.clipboard.writeText('copied').then(() => 'done', String)`)).toBe('done');
    expect(await desktop.inMain('electron.clipboard.readText()')).toBe('copied');
  });
});

describe('downloads', () => {
  /** Every download that is not refused is saved in the folder, without asking. */
  const save = (folder: string): string => `void electron.session.defaultSession.on('will-download', (event, item) => {
    globalThis.downloads = (globalThis.downloads ?? 0) + 1;
    item.setSavePath(${JSON.stringify(folder)} + '/' + item.getURL().split(':')[0]);
  })`;
  const click = (url: string): string =>
    `(() => { const link = document.body.appendChild(document.createElement('a')); link.href = ${url}; link.download = 'x.txt'; link.click(); link.remove(); })()`;

  it('saves what the page made, and nothing else', async () => {
    const folder = place.subfolder('downloads');
    await desktop.inMain(save(folder));
    await desktop.inPage(click(`'data:text/plain,from data'`));
    await desktop.inPage(click(`'${elsewhere}/download'`));
    await desktop.inPage(click(`URL.createObjectURL(new Blob(['of the page']))`));
    const file = join(folder, 'blob');
    await until('the download of the page is saved', () => existsSync(file) && readFileSync(file, 'utf8') === 'of the page');
    await pause(200);
    expect(readdirSync(folder)).toEqual(['blob']);
    expect(await desktop.inMain('globalThis.downloads')).toBeGreaterThan(1);
  });
});

describe('the channels to the program', () => {
  /** What a page with the bridge gets when it asks for the status: `answered`, or nothing. */
  const ask = `new Promise((done) => {
    if (typeof bootbench === 'undefined') return done('no bridge');
    bootbench.open((message) => message.id === 4711 && done('answered'), () => done('closed'));
    bootbench.send({ id: 4711, call: 'appliance.status' });
    setTimeout(() => done('nothing'), 1000);
  })`;
  /** Another window with our preload, at a URL. */
  const open = (url: string): string => `
    const preload = electron.app.getAppPath() + '/out/preload/index.cjs';
    const window = new electron.BrowserWindow({ show: false, webPreferences: { preload, sandbox: true, nodeIntegrationInSubFrames: true } });
    const loaded = await window.loadURL(${JSON.stringify(url)}).then(() => true, () => false);`;
  const askFrom = (url: string, first = ''): Promise<string> =>
    desktop.inMain(`(async () => {${open(url)}
      const answer = loaded ? await window.webContents.executeJavaScript(${JSON.stringify(first + ask)}) : 'no page';
      window.destroy();
      return answer;
    })()`);
  /** The answer of the first sub-frame in that window, which shows the same page. */
  const askFromFrame = (url: string): Promise<string> =>
    desktop.inMain(`(async () => {${open(url)}
      await window.webContents.executeJavaScript(\`new Promise((done) => {
        const frame = document.createElement('iframe');
        frame.onload = () => done();
        setTimeout(done, 1000);
        frame.src = location.href;
        document.body.append(frame);
      })\`);
      const frame = window.webContents.mainFrame.frames[0];
      const answer = frame ? await frame.executeJavaScript(${JSON.stringify(ask)}).catch(() => 'no page') : 'no frame';
      window.destroy();
      return answer;
    })()`);

  it('answer our page, and none of its sub-frames', async () => {
    const url = await desktop.inPage<string>('location.href');
    expect(await askFrom(url)).toBe('answered');
    expect(['nothing', 'no bridge', 'no page', 'no frame']).toContain(await askFromFrame(url));
  });

  it('answer no other page, even with our preload', async () => {
    const folder = place.subfolder('foreign');
    writeFileSync(join(folder, 'index.html'), '<title>Bootbench</title><div id="root"></div>');
    const urls = [`file://${join(folder, 'index.html')}`, elsewhere, 'data:text/html,<title>Bootbench</title>'];
    expect(await Promise.all(urls.map((url) => askFrom(url)))).toEqual(['no page', 'no page', 'no page']);
  });

  it('answer no page of our origin but ours', async () => {
    const url = await desktop.inPage<string>('location.href');
    expect(await askFrom(url, `history.replaceState(null, '', '/other.html');`)).toBe('nothing');
  });

  it('leave our page connected', async () => {
    await desktop.live();
  });
});

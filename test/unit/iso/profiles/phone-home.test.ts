import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderTemplate } from '../../../../main-services/config/template.ts';
import {
  AUTOINSTALL_PHONE_HOME,
  AUTOYAST_PHONE_HOME,
  IGNITION_PHONE_HOME,
  KICKSTART_PHONE_HOME,
  PRESEED_PHONE_HOME,
  SHELL_PHONE_HOME,
} from '../../../../main-services/iso/profiles/phone-home.ts';
import { PROFILES } from '../../../../main-services/iso/profiles/profiles.ts';

const run = promisify(execFile);

function filled(snippet: string, url = 'http://192.0.2.1:7080/api/v1/boot-complete?token=t'): string {
  return renderTemplate(
    snippet,
    new Map([
      ['phone_home.url', url],
      ['config.base_url', 'http://192.0.2.1/c/'],
    ]),
    'snippet',
  );
}

/** What a shell script does to a server that counts as Bootbench's. */
async function requestOf(script: (url: string) => string): Promise<string | undefined> {
  let seen: string | undefined;
  const server = createServer((request, response) => {
    seen = `${request.method} ${request.url}`;
    response.writeHead(204).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    await run('sh', ['-c', script(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/boot-complete?token=t`)]);
  } finally {
    server.close();
  }
  return seen;
}

describe('a machine says that it is done', () => {
  it.each<[string, string, RegExp]>([
    ['kickstart', KICKSTART_PHONE_HOME, /^%post[^\n]*\n([^]*)%end/],
    ['preseed, in a Debian without curl', PRESEED_PHONE_HOME, /^d-i preseed\/late_command string in-target (.*)\n$/],
    ['autoinstall', AUTOINSTALL_PHONE_HOME, /- (curl .*)\n$/],
    ['autoyast', AUTOYAST_PHONE_HOME, /CDATA\[([^]*)\]\]/],
    ['a script', SHELL_PHONE_HOME, /^([^]*)$/],
  ])('%s', async (_format, snippet, command) => {
    const script = (url: string) => command.exec(filled(snippet, url))?.[1] ?? 'exit 1';
    expect(await requestOf(script)).toBe('POST /api/v1/boot-complete?token=t');
  });

  it('Ignition’s unit is one in JSON', () => {
    const { systemd } = JSON.parse(filled(IGNITION_PHONE_HOME)) as { systemd: { units: { contents: string }[] } };
    expect(systemd.units[0]?.contents).toMatch(
      /\nExecStart=\/usr\/bin\/curl .* -X POST http:\/\/192\.0\.2\.1:7080\/api\/v1\/boot-complete\?token=t\n/,
    );
  });

  it('preseeds have no backslash, which they give a meaning', () => {
    expect(PRESEED_PHONE_HOME).not.toContain('\\');
  });

  it('no snippet names a field that does not exist', () => {
    const snippets = PROFILES.flatMap(({ configs }) => Object.values(configs).flatMap(({ phoneHome }) => phoneHome ?? []));
    expect(snippets.length).toBeGreaterThan(10);
    for (const snippet of snippets) expect(filled(snippet)).not.toContain('{{');
  });
});

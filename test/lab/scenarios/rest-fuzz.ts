import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAppliance } from '../appliance.ts';
import { SCHEMATHESIS } from '../needs.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

/** Of the parts of the document that this scenario reads or changes. */
interface Document {
  paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
}

/**
 * What is checked of each response. Refusing what the schemas do not allow is not: unknown members are ignored with a warning. A BMC that does
 * not answer is 502, which is documented; so the status is checked, and an internal error looked for by its code.
 */
const CHECKS = [
  ...['status_code_conformance', 'content_type_conformance', 'response_headers_conformance', 'response_schema_conformance'],
  ...['unsupported_method', 'ignored_auth', 'use_after_free'],
];
const EXAMPLES = 20;

/** A stream of changes ends only with its client, so it is not asked for; test/service/management watches. */
function withoutWatch(document: Document): Document {
  for (const byMethod of Object.values(document.paths))
    for (const operation of Object.values(byMethod)) operation.parameters = operation.parameters?.filter(({ name }) => name !== 'watch');
  return document;
}

export const restFuzz: Scenario = {
  name: 'rest-fuzz',
  title:
    'Requests that schemathesis makes from the OpenAPI document are answered as the document says, none with an internal error, none late',
  tier: 'full',
  needs: ['root', 'appliance', 'schemathesis', 'curl'],
  timeoutMs: 900_000,
  async run(lab: Lab) {
    // Nothing leaves this namespace: it has only its loopback.
    const ns = await lab.namespace('rest');
    const dataDir = join(lab.dir, 'data');
    const appliance = await startAppliance(ns, { dataDir, args: ['--nic', 'lo', '--dhcp', 'off'] });
    const document = JSON.parse(await ns.must(['curl', '-sf', `${appliance.ready.api}/openapi.json`])) as Document;
    const file = join(lab.dir, 'openapi.json');
    writeFileSync(file, JSON.stringify(withoutWatch(document)));
    const token = readFileSync(join(dataDir, 'api-token'), 'utf8').trim();
    const report = join(lab.dir, 'schemathesis.json');
    const { code, stdout, stderr } = await ns.exec(
      [
        ...[SCHEMATHESIS, 'run', file, '--url', appliance.ready.api, '--header', `Authorization: Bearer ${token}`, '--no-color'],
        ...['--checks', CHECKS.join(','), '--max-examples', String(EXAMPLES), '--phases', 'examples,coverage,fuzzing,stateful'],
        ...['--continue-on-failure', '--max-response-time', '30', '--request-timeout', '60', '--suppress-health-check', 'all'],
        ...['--warnings', 'off', '--no-shrink', '--report', 'json', '--report-json-path', report],
      ],
      // It saves its crashes in the folder that it runs in.
      { timeoutMs: 840_000, cwd: lab.dir },
    );
    writeFileSync(join(lab.dir, 'schemathesis.txt'), stdout + stderr);
    const [, cases = '0'] = /(\d+) generated/.exec(stdout) ?? [];
    lab.fact('operations', Object.values(document.paths).flatMap((byMethod) => Object.keys(byMethod)).length);
    lab.fact('requests', Number(cases));
    expectThat(code === 0, `schemathesis found faults: ${stdout.slice(-3000)}`);
    expectThat(existsSync(report), 'schemathesis wrote a report');
    const log = readdirSync(join(dataDir, 'log')).map((name) => readFileSync(join(dataDir, 'log', name), 'utf8'));
    expectThat(
      log.some((text) => text.includes('E_BAD_INPUT')),
      'the log has the codes of refused requests',
    );
    expectThat(
      !log.some((text) => text.includes('E_INTERNAL')),
      'a request was answered with an internal error; see the log of the appliance',
    );
  },
};

import { describe, expect, it } from 'vitest';
import { reportedSsh } from '../../../../main-services/bmc/redfish/serial-console.ts';

describe('ComputerSystem.SerialConsole.SSH', () => {
  it.each<[string, Record<string, unknown>, ReturnType<typeof reportedSsh>]>([
    [
      'Supermicro, as recorded',
      { SSH: { ServiceEnabled: true, Port: 22, SharedWithManagerCLI: true, ConsoleEntryCommand: 'cd system1/sol1; start' } },
      { ssh: { port: 22, command: 'cd system1/sol1; start' } },
    ],
    ['disabled', { SSH: { ServiceEnabled: false, Port: 22 } }, {}],
    ['without SSH', { IPMI: { ServiceEnabled: true, Port: 623 } }, {}],
    ['a port that cannot be', { SSH: { ServiceEnabled: true, Port: 0 } }, { ssh: {} }],
    ['a command of several lines', { SSH: { ServiceEnabled: true, ConsoleEntryCommand: 'start\r\nreset' } }, { ssh: {} }],
    ['a command that is not text', { SSH: { ConsoleEntryCommand: ['start'] } }, { ssh: {} }],
    ['SSH that is not an object', { SSH: 'yes' }, {}],
  ])('%s', (_case, console, report) => {
    expect(reportedSsh({ SerialConsole: console })).toEqual(report);
  });

  it('absent', () => {
    expect(reportedSsh({})).toEqual({});
  });
});

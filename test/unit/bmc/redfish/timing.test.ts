import { expect, it } from 'vitest';
import { longestFailure, REDFISH_TIMING } from '../../../../main-services/bmc/redfish/http/timing.ts';

it('says how long a BMC takes to fail at most: absent 5 s, silent 65 s, busy 5.5 min', () => {
  expect(longestFailure(REDFISH_TIMING)).toEqual({ absent: 5_000, silent: 65_000, busy: 330_000 });
});

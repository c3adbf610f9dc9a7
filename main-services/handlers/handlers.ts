import type { Handlers } from '../../contract/port.ts';
import { applianceHandlers } from './appliance.ts';
import { bmcHandlers } from './bmc.ts';
import { configHandlers } from './configs.ts';
import { consoleHandlers } from './consoles.ts';
import { eventHandlers } from './events.ts';
import { hostHandlers } from './hosts.ts';
import { imageHandlers } from './images.ts';
import { inventoryHandlers } from './inventory.ts';
import { iscsiHandlers } from './iscsi.ts';
import { jobHandlers } from './jobs.ts';
import { protectionHandlers } from './protection.ts';
import type { Rooms } from './rooms.ts';

/** Every procedure of the contract as calls into the rooms. Inputs arrive checked; errors leave as BootbenchError. */
export function createHandlers(rooms: Rooms): Handlers {
  return {
    ...applianceHandlers(rooms),
    ...inventoryHandlers(rooms),
    ...hostHandlers(rooms),
    ...bmcHandlers(rooms),
    ...consoleHandlers(rooms),
    ...iscsiHandlers(rooms),
    ...protectionHandlers(rooms),
    ...jobHandlers(rooms),
    ...imageHandlers(rooms),
    ...configHandlers(rooms),
    ...eventHandlers(rooms),
  };
}

import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import { describeImage } from '../iso/profiles/describe.ts';
import type { Rooms } from './rooms.ts';

type ImageCalls = Extract<ProcedureName, `image.${string}`>;

export function imageHandlers({ inventory, imports }: Rooms): Pick<Handlers, ImageCalls> {
  return {
    'image.list': () => inventory.listImages(),
    'image.get': ({ name }) => inventory.getImage(name),
    'image.describe': ({ name }) => describeImage(inventory.getImage(name)),
    'image.add': ({ dryRun, ...input }) => inventory.addImage(input, undefined, { dryRun }),
    'image.patch': ({ name, patch, ...options }) => imports.patchImage(name, patch, options),
    'image.remove': async ({ name, ...options }) => {
      await imports.removeImage(name, options);
      return {};
    },
    'image.partials': () => imports.partials(),
    'image.import': (input) => imports.fromPath(input),
    'image.importResult': ({ id }, { signal }) => imports.result(id, signal),
    'image.importState': async ({ name }) => {
      const { received, size } = await imports.state(name);
      return { received, size };
    },
    'image.cancelImport': async ({ name }) => {
      await imports.cancel(name);
      return {};
    },
  };
}

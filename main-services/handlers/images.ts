import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import type { Rooms } from './rooms.ts';

type ImageCalls = Extract<ProcedureName, `image.${string}`>;

export function imageHandlers({ inventory }: Rooms): Pick<Handlers, ImageCalls> {
  return {
    'image.list': () => inventory.listImages(),
    'image.get': ({ name }) => inventory.getImage(name),
    'image.add': (input) => inventory.addImage(input),
    'image.patch': ({ name, patch }) => inventory.patchImage(name, patch),
    'image.remove': ({ name }) => {
      inventory.removeImage(name);
      return {};
    },
  };
}

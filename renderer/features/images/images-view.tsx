import { ImageList } from './image-list.tsx';
import { ImagePage } from './image-page.tsx';

export function ImagesView({ name }: { name?: string }) {
  return name === undefined ? <ImageList /> : <ImagePage key={name} name={name} />;
}

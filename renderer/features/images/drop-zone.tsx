import './drop-zone.css';
import { use, useEffect, useState, type ReactNode } from 'react';
import { AppStoreContext } from '../../store/use-store.ts';
import { AddSheet } from './add-sheet.tsx';
import { ImportQueue } from './import-queue.ts';
import { ImportNotices } from './import-notices.tsx';
import { ImportsContext } from './imports-context.ts';

/** The whole window takes ISO files; what is on its way is told in a corner of every view. */
export function DropZone({ children }: { children: ReactNode }) {
  const context = use(AppStoreContext);
  if (!context) throw new Error('no bench around the drop zone');
  const [queue] = useState(() => new ImportQueue(context.store, context.call));
  const over = useDrops(queue);
  useEffect(() => window.bootbench?.onFiles((files) => queue.offerOpened(files)), [queue]);
  return (
    <ImportsContext value={queue}>
      {children}
      <ImportNotices />
      <AddSheet />
      {over && (
        <div className="drop-outline" role="status">
          <p className="drop-sentence">Drop to add this ISO to the library.</p>
        </div>
      )}
    </ImportsContext>
  );
}

/** Whether files hang over the window. Places that take drops themselves are marked with `data-takes-drops`. */
function useDrops(queue: ImportQueue): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const isOurs = (event: DragEvent): boolean =>
      event.dataTransfer?.types.includes('Files') === true && !(event.target as Element).closest('[data-takes-drops]');
    const onOver = (event: DragEvent): void => {
      setOver(isOurs(event));
      if (isOurs(event)) event.preventDefault();
    };
    const onLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      setOver(false);
      if (!isOurs(event)) return;
      // Else the browser would open the file in place of this page.
      event.preventDefault();
      queue.offer([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener('dragenter', onOver);
    addEventListener('dragover', onOver);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragenter', onOver);
      removeEventListener('dragover', onOver);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', onDrop);
    };
  }, [queue]);
  return over;
}

export { restoreDatabase, restoreEmpty } from '../db/restore.ts';

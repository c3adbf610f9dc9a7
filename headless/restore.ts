export { restoreDatabase } from '../db/restore.ts';

import { expect, it, vi } from 'vitest';

vi.mock('electron', () => ({ utilityProcess: {}, safeStorage: {}, Notification: {} }));
const { windowlessTask } = await import('../../../electron/doctor.ts');

it.each([
  [['--doctor']],
  [['--data-dir', '/d', '--doctor', '--json']],
  [['doctor']],
  [['--support-bundle=/f']],
  [['support-bundle', '/f']],
])('opens no window for %j', (args) => {
  expect(windowlessTask(args)).toBeTypeOf('function');
});

it.each([[[]], [['/home/user/doctor.iso']], [['--data-dir', 'doctor']], [['support-bundle']]])('opens the window for %j', (args) => {
  expect(windowlessTask(args)).toBeUndefined();
});

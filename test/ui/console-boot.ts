/** What a machine prints from its boot loader to its login, with colours and escape sequences. */
export const BOOT = [
  '\x1b[2J\x1b[1;1H\x1b[1mGNU GRUB  version 2.12\x1b[0m\n\n',
  ' \x1b[7m*Install Fedora 43                                                      \x1b[0m\n',
  '  Test this media & install Fedora 43\n\n',
  '[    0.000000] Linux version 6.17.1-300.fc43.x86_64 (mockbuild@builder) (gcc 15.2.1) #1 SMP PREEMPT_DYNAMIC\n',
  '[    0.000000] Command line: BOOT_IMAGE=/images/pxeboot/vmlinuz inst.ks=http://192.168.77.1:7080/config/6a38 console=ttyS0,115200\n',
  '[    0.514201] Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled\n',
  '[    1.204417] igb 0000:01:00.0: added PHC on eth0\n',
  ...Array.from({ length: 30 }, (_, index) => `[    ${2 + index / 10}00000] scsi host${index}: ahci\n`),
  ...['udev Kernel Device Manager', 'NetworkManager', 'OpenSSH server daemon', 'Anaconda NetworkManager configuration'].map(
    (unit) => `[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39m${unit}\x1b[0m.\n`,
  ),
  '[\x1b[0;31mFAILED\x1b[0m] Failed to start \x1b[0;1;39mmcelog.service\x1b[0m - Machine Check Exception Logging Daemon.\n',
  '\nFedora Linux 43 (Server Edition)\nKernel 6.17.1-300.fc43.x86_64 on x86_64 (ttyS0)\n\nlocalhost login: ',
].join('');

/** Each target is the file of that name, with the folders and files of the project whose blocks count for it. */
export const TARGETS: Readonly<Record<string, readonly string[]>> = {
  dhcp: ['main-services/dhcp/', 'main-services/boot/decide/'],
  tftp: ['main-services/tftp/'],
  template: ['main-services/config/template.ts', 'main-services/config/sentences.ts'],
  lint: ['main-services/config/'],
  bootconfig: ['main-services/iso/bootconfig/'],
};

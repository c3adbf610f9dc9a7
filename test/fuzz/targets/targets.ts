/** Each target is the file of that name, with the folders and files of the project whose blocks count for it. */
export const TARGETS: Readonly<Record<string, readonly string[]>> = {
  dhcp: ['main-services/dhcp/', 'main-services/boot/decide/'],
  tftp: ['main-services/tftp/'],
  http: [
    'main-services/http/front/request-head.ts',
    'main-services/http/range.ts',
    'main-services/http/router.ts',
    'main-services/http/entity.ts',
    'main-services/http/send.ts',
    'main-services/http/range-refusal.ts',
  ],
  iscsi: ['main-services/iscsi/'],
  ipmi: ['main-services/bmc/ipmi/'],
  template: ['main-services/config/template.ts', 'main-services/config/sentences.ts'],
  lint: ['main-services/config/'],
  iso: ['main-services/iso/'],
  redfish: ['main-services/bmc/redfish/', 'main-services/bmc/rejections.ts'],
  rest: ['main-services/management/', 'main-services/handlers/', 'main-services/inventory/', 'contract/'],
  ipc: ['main-services/management/', 'main-services/handlers/', 'main-services/inventory/', 'contract/', 'main-services/config/lint/'],
  bootconfig: ['main-services/iso/bootconfig/'],
};

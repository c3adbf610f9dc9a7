import type { Scenario } from '../scenario.ts';
import { badCable } from './bad-cable.ts';
import { bigIsos } from './big-iso.ts';
import { biosIpxeRom } from './bios-ipxe-rom.ts';
import { biosUndionly } from './bios-undionly.ts';
import { bmcReach } from './bmc-reach.ts';
import { bmcSelfTest } from './bmc-self-test.ts';
import { clockStep } from './clock-step.ts';
import { consoleBoot } from './console-boot.ts';
import { consoleSerial } from './console-serial.ts';
import { consoleSol } from './console-sol.ts';
import { consoleLoad } from './console-load.ts';
import { debianInstaller } from './debian-installer.ts';
import { debInChroot } from './deb-in-chroot.ts';
import { dhclient } from './dhclient.ts';
import { dhcpConflict } from './dhcp-conflict.ts';
import { dhcpOtherServer } from './dhcp-other-server.ts';
import { dhcpPackage } from './dhcp-package.ts';
import { differentialFew, differentialMany } from './differential.ts';
import { frameRelay } from './frame-relay.ts';
import { dhcpProxy } from './dhcp-proxy.ts';
import { fullDisk } from './full-disk.ts';
import { httpClients } from './http-clients.ts';
import { imageImport } from './image-import.ts';
import { imagePulled } from './image-pulled.ts';
import { iscsiBench } from './iscsi-bench.ts';
import { iscsiBoot } from './iscsi-boot.ts';
import { iscsiIbft } from './iscsi-ibft.ts';
import { iscsiOpenIscsi } from './iscsi-open-iscsi.ts';
import { iscsiSanboot } from './iscsi-sanboot.ts';
import { kernelBootBios, kernelBootUefi } from './kernel-boot.ts';
import { layoutBoots } from './layout-boots.ts';
import { loaderWords } from './loader-words.ts';
import { lastSector } from './layout-last-sector.ts';
import { movedRoot } from './layout-moved-root.ts';
import { localbootHost, localbootUefi } from './localboot-host.ts';
import { nicCarrier } from './nic-carrier.ts';
import { onceThenLocal } from './once-then-local.ts';
import { plainIsoBios, plainIsoUefi } from './plain-iso.ts';
import { reimageFleet, reimageFleet64 } from './reimage-fleet.ts';
import { reimageGuards } from './reimage-guards.ts';
import { reimageIpmiPxe } from './reimage-ipmi-pxe.ts';
import { reimageKilled } from './reimage-killed.ts';
import { reimageMounts } from './reimage-mounts.ts';
import { reimageLive, reimageRedfishBios, reimageRedfishUefi } from './reimage-redfish.ts';
import { reimageUi, reimageUiBios } from './reimage-ui.ts';
import { restFuzz } from './rest-fuzz.ts';
import { loaderCoverage } from './loader-coverage.ts';
import { seedWalk, seedWalkInstaller } from './seed-walk.ts';
import { strangers } from './stranger.ts';
import { tftpClients } from './tftp-clients.ts';
import { twoNics } from './two-nics.ts';
import { uiBoot } from './ui-boot.ts';
import { uiLink } from './ui-link.ts';
import { uefiHttp } from './uefi-http.ts';
import { uefiIpxe } from './uefi-ipxe.ts';
import { unknownHost } from './unknown-host.ts';
import { unprivileged } from './unprivileged.ts';
import { upstreamOutage } from './upstream-outage.ts';
import { upstreamSources } from './upstream-sources.ts';
import { usbPartitions } from './usb-partition.ts';
import { victims } from './victim.ts';
import { victimDhcp } from './victim-dhcp.ts';
import { windowsScenarios } from './windows/index.ts';

/** Every scenario, in the order in which they run. Add an import and a line per scenario. */
export const scenarios: readonly Scenario[] = [
  frameRelay,
  biosIpxeRom,
  biosUndionly,
  uefiIpxe,
  uefiHttp,
  plainIsoBios,
  plainIsoUefi,
  unknownHost,
  localbootHost,
  onceThenLocal,
  dhclient,
  dhcpPackage,
  dhcpConflict,
  dhcpOtherServer,
  fullDisk,
  httpClients,
  ...iscsiBoot,
  ...iscsiSanboot,
  iscsiBench,
  ...iscsiIbft,
  iscsiOpenIscsi,
  ...strangers,
  ...victims,
  victimDhcp,
  upstreamSources,
  upstreamOutage,
  imagePulled,
  imageImport,
  clockStep,
  tftpClients,
  twoNics,
  nicCarrier,
  bmcReach,
  bmcSelfTest,
  unprivileged,
  consoleSerial,
  ...consoleSol,
  ...consoleBoot,
  reimageGuards,
  reimageIpmiPxe,
  reimageRedfishUefi,
  reimageRedfishBios,
  reimageLive,
  reimageMounts,
  reimageKilled,
  reimageFleet,
  reimageFleet64,
  reimageUi,
  reimageUiBios,
  uiBoot,
  uiLink,
  localbootUefi,
  dhcpProxy,
  badCable,
  ...layoutBoots,
  ...loaderWords,
  ...loaderCoverage,
  lastSector,
  movedRoot,
  ...usbPartitions,
  kernelBootBios,
  kernelBootUefi,
  ...bigIsos,
  debianInstaller,
  seedWalk,
  seedWalkInstaller,
  debInChroot,
  restFuzz,
  differentialFew,
  differentialMany,
  consoleLoad,
  ...windowsScenarios,
];

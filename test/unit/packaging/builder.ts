import { createRequire } from 'node:module';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..', '..');
const require = createRequire(import.meta.url);

/** The parts of electron-builder that the tests use. It exports none of them by a public name, so nothing here is typed by it. */
const config = require(join(ROOT, 'node_modules/app-builder-lib/out/util/config/config.js')) as {
  getConfig(projectDir: string, path: string | null, options: null): Promise<BuilderConfig>;
  validateConfiguration(config: unknown, debugLogger: { isEnabled: boolean }): Promise<void>;
};
const matching = require(join(ROOT, 'node_modules/app-builder-lib/out/fileMatcher.js')) as {
  FileMatcher: new (
    from: string,
    to: string,
    expand: (text: string) => string,
    patterns: string[],
  ) => {
    createFilter(): (path: string, stat: { isDirectory(): boolean }) => boolean;
  };
};
const linux = require(join(ROOT, 'node_modules/app-builder-lib/out/targets/LinuxTargetHelper.js')) as {
  LinuxTargetHelper: new (packager: unknown) => { computeDesktopEntry(options: unknown): Promise<string> };
};

export interface BuilderConfig {
  [key: string]: unknown;
  appId: string;
  productName: string;
  executableName: string;
  npmRebuild: boolean;
  asarUnpack: string[];
  extraMetadata: { desktopName: string };
  extraResources: { from: string; to: string }[];
  files: (string | { filter: string[] })[];
  electronFuses: Record<string, boolean>;
  linux: Record<string, unknown>;
  deb: { afterInstall: string; afterRemove: string; appArmorProfile: string };
  rpm: { afterInstall: string; afterRemove: string; appArmorProfile: string };
  mac: { extendInfo: Record<string, string>; target: string[]; fileAssociations: Record<string, string>[]; entitlements?: string };
  win: { target: string[] };
}

/** electron-builder.yml as electron-builder reads it. */
export function readConfig(): Promise<BuilderConfig> {
  return config.getConfig(ROOT, join(ROOT, 'electron-builder.yml'), null);
}

/** electron-builder's own check; rejects with its sentences. */
export function validate(candidate: unknown): Promise<void> {
  return config.validateConfiguration(candidate, { isEnabled: false });
}

/** Whether a file of the project gets into the package for a platform. */
export function packs(patterns: string[], platform = 'linux', arch = 'x64'): (path: string) => boolean {
  const expand = (text: string): string => text.replaceAll('${platform}', platform).replaceAll('${arch}', arch);
  const matcher = new matching.FileMatcher(ROOT, ROOT, expand, patterns);
  const filter = matcher.createFilter();
  return (path) => filter(join(ROOT, path), { isDirectory: () => false });
}

/** The .desktop file that the deb will hold. */
export function desktopEntry({ productName, executableName, linux: options, extraMetadata }: BuilderConfig): Promise<string> {
  const packager = {
    appInfo: { productName, sanitizedProductName: productName, description: '' },
    executableName,
    platformSpecificBuildOptions: options,
    fileAssociations: [],
    config: {},
    info: { metadata: extraMetadata },
  };
  return new linux.LinuxTargetHelper(packager).computeDesktopEntry(options);
}

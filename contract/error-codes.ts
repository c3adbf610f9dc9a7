/**
 * Every failure that a technician can meet: a code, a title, a next step and the HTTP status that carries it.
 * The message is written where the failure happens. docs/errors.md lists the same codes; a test keeps both equal.
 */
export interface ErrorEntry {
  readonly title: string;
  /** What to do now, as one or two sentences. */
  readonly next: string;
  readonly http: number;
}

export const ERRORS = {
  E_INTERNAL: {
    http: 500,
    title: 'Internal error in Bootbench',
    next: 'Report this and attach the log file from the data directory. Other services keep running.',
  },
  E_BAD_INPUT: { http: 400, title: 'Invalid request', next: 'Correct the named field and try again.' },
  E_USAGE: { http: 400, title: 'Invalid command', next: 'Run `bootbench help` for the commands and their options.' },
  E_NOT_FOUND: { http: 404, title: 'Not found', next: 'Check the spelling, or list what exists.' },
  E_EXISTS: {
    http: 409,
    title: 'The name, MAC or IP address is already in use',
    next: 'Choose another one, or change the one that exists.',
  },
  E_CONFLICT: {
    http: 409,
    title: 'The object has changed since it was read',
    next: 'Read it again, and apply your change to its current state.',
  },
  E_EXPIRED: {
    http: 410,
    title: 'These changes are no longer stored',
    next: 'List again, and watch from the resourceVersion of the list.',
  },
  E_READ_ONLY: { http: 422, title: 'Images are always read-only', next: 'Set readOnly to true, or leave it out.' },
  E_MEDIA_TYPE: { http: 415, title: 'Unsupported content type', next: 'Send one of the content types that the message names.' },
  E_IN_USE: { http: 409, title: 'Still in use', next: 'Change the named hosts first, then try again.' },
  E_CONFIG_INCOMPATIBLE: {
    http: 422,
    title: 'This config is not compatible with this image',
    next: 'Choose a compatible config, or add this config to the image’s list.',
  },
  E_CONFIG_AMBIGUOUS: {
    http: 409,
    title: 'The config has several files and no default file',
    next: 'Request a file by name, or set the config’s default file.',
  },
  E_FILE_MISSING: { http: 404, title: 'File not found', next: 'Check the path. Relative paths start at the current folder.' },
  E_FILE_UNREADABLE: { http: 422, title: 'The file cannot be read', next: 'Choose a file that this user is allowed to read.' },
  E_FILE_NOT_TEXT: { http: 422, title: 'The file is not UTF-8 text', next: 'Save the file as UTF-8 text and try again.' },
  E_TEMPLATE_FIELD: {
    http: 422,
    title: 'The config uses a field that this host does not have',
    next: 'Correct the field name, set the field on the host, or write \\{{ for literal braces.',
  },
  E_IDENTITY_AMBIGUOUS: {
    http: 409,
    title: 'The request matches more than one host',
    next: 'Use the URL that contains the token, or give each host its own address.',
  },
  E_IDENTITY_UNKNOWN: {
    http: 403,
    title: 'This client is not allowed to read this',
    next: 'Request it from the machine itself (its leased or reserved address), or use the URL that contains the token.',
  },
  E_NO_CONFIG: {
    http: 404,
    title: 'No config is assigned to this host',
    next: 'Assign one: bootbench assign HOST --image IMAGE --config CONFIG.',
  },
  E_NO_SOURCE: {
    http: 400,
    title: 'No ISO is set for this host',
    next: 'Assign an image, set the interface’s sourceISO, or start Bootbench with --iso-upstream-url.',
  },
  E_SOURCE_URL: { http: 400, title: 'Invalid ISO URL', next: 'Enter the full http:// or https:// URL of an ISO.' },
  E_SOURCE_FORBIDDEN: {
    http: 403,
    title: 'Bootbench may not read from this URL',
    next: 'Use an image in the library, or a host in --allow-source-iso. Loopback, link-local and metadata addresses are never allowed.',
  },
  E_UPSTREAM: {
    http: 502,
    title: 'The ISO server returned an unexpected response',
    next: 'Check that the URL opens on this computer and that the server supports range requests.',
  },
  E_UPSTREAM_CHANGED: {
    http: 502,
    title: 'The ISO changed on its server during boot',
    next: 'Register the image again, then restart the machine.',
  },
  E_IMAGE_INVALID: { http: 422, title: 'Not a usable ISO', next: 'Download the ISO again and compare its checksum.' },
  E_IMAGE_GONE: { http: 503, title: 'ISO file not found', next: 'Reconnect the disk, or add the image again.' },
  E_IMAGE_CHANGED: {
    http: 503,
    title: 'The ISO file changed on disk',
    next: 'Restore the file, or accept its current contents: bootbench image set NAME --source FILE.',
  },
  E_IMAGE_EDIT: {
    http: 422,
    title: 'A file in the ISO cannot be changed',
    next: 'Serve the image unpatched, or remove the named file from the config.',
  },
  E_CHECKSUM: {
    http: 422,
    title: 'The ISO does not match its checksum file',
    next: 'Download the ISO again. If the ISO is correct, remove the checksum file next to it.',
  },
  E_BOOT_METHOD: {
    http: 422,
    title: 'This image does not support that boot method',
    next: 'Choose another boot method for the host, or use the image’s default.',
  },
  E_PATCH_TOO_LONG: {
    http: 500,
    title: 'The kernel arguments do not fit',
    next: 'Shorten this host’s kernel arguments; the message says by how many bytes.',
  },
  E_VIEW_GONE: {
    http: 404,
    title: 'This boot URL is no longer valid',
    next: 'Restart the machine, or insert the media again.',
  },
  E_VIEW_CHANGED: {
    http: 409,
    title: 'This machine’s view of the ISO can no longer be reproduced',
    next: 'Restart the machine to give it a new view.',
  },
  E_MAC_INVALID: {
    http: 400,
    title: 'Invalid MAC address',
    next: 'Enter six bytes, such as 52:54:00:12:34:56 or 52-54-00-12-34-56.',
  },
  E_NOT_ISO_PATH: {
    http: 404,
    title: 'Only names that end in .iso are available at this path',
    next: 'Use the URL that Bootbench shows for this host.',
  },
  E_RANGE: { http: 416, title: 'The range is outside the file', next: 'Request a range within the file; Content-Range gives its size.' },
  E_METHOD: { http: 405, title: 'Method not allowed', next: 'Use GET or HEAD.' },
  E_BOOT_REFUSED: { http: 403, title: 'This machine is not allowed to netboot', next: 'To allow it, set allowPXE=true on the interface.' },
  E_BOOT_FILE_SOURCE: {
    http: 502,
    title: 'Boot files cannot be read from this source',
    next: 'Check the address or folder, or choose another one.',
  },
  E_BOOT_FILE_REFUSED: {
    http: 409,
    title: 'A boot file was refused',
    next: 'Compare the hash with the one that the source publishes; then confirm it with `--sha256 NAME=HASH`.',
  },
  E_BOOT_FILE_FOLDER: {
    http: 500,
    title: 'The boot-files folder cannot be used',
    next: 'Allow this user to write to the folder, or choose another one with `--dir`.',
  },
  E_BOOT_FILE_MISSING: {
    http: 404,
    title: 'Boot file not found',
    next: 'Run `npm run boot-files`, or copy the file into the boot-files folder.',
  },
  E_OVERRIDE_SYNTAX: {
    http: 400,
    title: 'Invalid architecture override',
    next: 'Use number=file with files from the catalogue: --ipxe-override-arch-mapping 7=snp-x86_64.efi,16=ipxe.efi.',
  },
  E_NIC_GONE: { http: 503, title: 'Network port disconnected', next: 'Reconnect the adapter. The services start again automatically.' },
  E_NIC_UNKNOWN: { http: 404, title: 'Network port not found', next: 'Choose one of the listed network ports.' },
  E_NIC_NO_CARRIER: {
    http: 503,
    title: 'No link on this network port',
    next: 'Connect the cable to a switch or machine that is switched on. The services start automatically.',
  },
  E_NIC_NO_ADDRESS: {
    http: 503,
    title: 'The network port has no IPv4 address',
    next: 'Accept the suggested private subnet, or give the port an address.',
  },
  E_NIC_ADDRESS_FAILED: {
    http: 500,
    title: 'The address could not be set',
    next: 'Run the shown command in a terminal with administrator rights.',
  },
  E_DEVICE_BIND: {
    http: 500,
    title: 'The socket could not be bound to the network port',
    next: 'Check that the network port exists and that the system allows SO_BINDTODEVICE. Bootbench never serves on other network ports.',
  },
  E_PORT_IN_USE: { http: 503, title: 'The port is in use by another program', next: 'Stop the named program, or choose another port.' },
  E_PORT_PERMISSION: {
    http: 503,
    title: 'The operating system does not allow Bootbench to open this port',
    next: 'Run: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=67',
  },
  E_DHCP_OTHER_SERVER: {
    http: 409,
    title: 'Another DHCP server is active on this network',
    next: 'Use proxy mode alongside it, or disconnect it and scan again.',
  },
  E_DHCP_DEFAULT_ROUTE: {
    http: 409,
    title: 'This network port has the default route',
    next: 'Choose the lab port, or confirm full DHCP on this one with --confirm-dhcp.',
  },
  E_DHCP_POOL: {
    http: 422,
    title: 'The address pool does not fit the network',
    next: 'Choose addresses in the port’s subnet, excluding the port’s own address.',
  },
  E_DHCP_POOL_FULL: { http: 503, title: 'No free addresses in the pool', next: 'Enlarge the pool or shorten the lease time.' },
  E_LOCKED: {
    http: 503,
    title: 'The data directory is in use by another Bootbench',
    next: 'Close the other Bootbench, or start this one with another --data-dir.',
  },
  E_STOP_TIMEOUT: {
    http: 504,
    title: 'Bootbench is still running',
    next: 'Wait a moment and run `bootbench status`. If it still answers, end the process with the system’s task manager; nothing that is stored is lost.',
  },
  E_START_FOLDER: {
    http: 500,
    title: 'A folder that Bootbench starts with cannot be used',
    next: 'Create the named folder, or get write permission for it, and start Bootbench again.',
  },
  E_DB: {
    http: 500,
    title: 'The database cannot be opened',
    next: 'Restore a backup with `bootbench restore`, or start with a new --data-dir.',
  },
  E_DB_DAMAGED: {
    http: 500,
    title: 'The inventory database is damaged',
    next: 'Restore the last automatic backup, in the folder backups of the data directory, with `bootbench restore`.',
  },
  E_DB_MISSING: {
    http: 500,
    title: 'The inventory database is missing',
    next: 'Restore a backup with `bootbench restore`, or start with an empty inventory with `bootbench restore --empty`.',
  },
  E_DATA_READ_ONLY: {
    http: 500,
    title: 'The data directory cannot be written',
    next: 'Give the user that runs Bootbench write permission for it, or choose another one with --data-dir.',
  },
  E_DISK_FULL: {
    http: 507,
    title: 'The disk is full',
    next: 'Free space on the disk that holds the data directory. Saved data is safe.',
  },
  E_BMC_UNREACHABLE: {
    http: 502,
    title: 'The BMC does not answer',
    next: 'Check the address and cabling. A restarting BMC can take several minutes.',
  },
  E_BMC_AUTH: {
    http: 502,
    title: 'The BMC rejected the user name or password',
    next: 'Enter them again. Bootbench does not retry them automatically, because BMCs lock accounts.',
  },
  E_BMC_CERTIFICATE: {
    http: 502,
    title: 'The BMC’s certificate has changed',
    next: 'If the BMC was reset or updated, accept the new certificate. Otherwise find out which device uses this address. No password was sent.',
  },
  E_NO_CONSOLE: {
    http: 404,
    title: 'This host has no console',
    next: 'Set one: bootbench host set HOST console=serial:/dev/ttyUSB0 (or sol:, ssh:, tcp://, telnet://, rfc2217://).',
  },
  E_CONSOLE_UNREACHABLE: {
    http: 502,
    title: 'The console cannot be reached',
    next: 'Check the cable or the address. Bootbench tries again by itself.',
  },
  E_CONSOLE_GONE: { http: 502, title: 'The console was disconnected', next: 'Check the cable. Bootbench connects again by itself.' },
  E_CONSOLE_BUSY: {
    http: 409,
    title: 'The console is in use',
    next: 'Close it in the other program, or take over the session where the console allows it.',
  },
  E_CONSOLE_PERMISSION: {
    http: 403,
    title: 'Bootbench may not open this serial port',
    next: 'Add this user to the group that owns the port, then log in again.',
  },
  E_CONSOLE_AUTH: {
    http: 502,
    title: 'The console rejected the user name or password',
    next: 'Enter the BMC’s user name and password again.',
  },
  E_CONSOLE_HOST_KEY: {
    http: 502,
    title: 'The SSH host key has changed',
    next: 'If the BMC was reset or updated, accept the new key. Otherwise find out which device uses this address. No password was sent.',
  },
  E_CONSOLE_UNSUPPORTED: { http: 422, title: 'Not supported by this console', next: 'Use another kind of console for this host.' },
  E_CONSOLE_SPEED: {
    http: 504,
    title: 'The speed could not be detected',
    next: 'Make the machine print something: restart it, or press Enter at a prompt. Or set the speed that the machine uses.',
  },
  E_CONSOLE_TYPIST: { http: 409, title: 'Someone else is typing', next: 'Wait until they release the keyboard, or take it over.' },
  E_TRIGGER: {
    http: 422,
    title: 'Invalid console trigger',
    next: 'Correct the pattern. Triggers use RE2 syntax: no look-around and no back-references.',
  },
  E_BMC_UNSUPPORTED: {
    http: 422,
    title: 'Not supported by this BMC',
    next: 'Choose another boot method for the host, or do this step manually.',
  },
  E_BMC_BUSY: { http: 503, title: 'The BMC is busy', next: 'Wait a minute and try again, or close other sessions on this BMC.' },
  E_BMC_REFUSED: {
    http: 502,
    title: 'The BMC refused the request',
    next: 'The message contains the BMC’s own explanation. Correct the problem on the BMC and try again.',
  },
  E_BMC_TIMEOUT: {
    http: 504,
    title: 'The BMC accepted the request, but nothing happened',
    next: 'Check the machine, then retry the step.',
  },
  E_BMC_WRONG_MACHINE: {
    http: 409,
    title: 'The BMC belongs to a different machine',
    next: 'Correct the BMC address, or the host’s MAC, serial number and UUID. Nothing was changed on that machine.',
  },
  E_BMC_SYSTEM_UNCLEAR: {
    http: 409,
    title: 'The BMC manages several machines, and none is clearly this host',
    next: 'Add the machine’s path to the BMC address, such as redfish://ADDRESS/redfish/v1/Systems/ID, or add the host’s MAC. Nothing was changed.',
  },
  E_BMC_NO_MEDIA_READ: {
    http: 504,
    title: 'The machine did not read the virtual medium',
    next: 'Check the boot override, UEFI or BIOS mode, and that the BMC can reach this computer. Or use PXE.',
  },
  E_NO_BMC: { http: 422, title: 'The host has no BMC', next: 'Add one with bootbench host set HOST --bmc URL, or reimage manually.' },
  E_NO_SECRET: {
    http: 422,
    title: 'No password is stored for this BMC',
    next: 'Enter it on the host page, or use --bmc-password-file.',
  },
  E_NO_CHAP_SECRET: {
    http: 422,
    title: 'A CHAP secret of the host is not stored',
    next: 'Enter it on the host page, or remove the CHAP user names.',
  },
  E_SECRETS_LOCKED: {
    http: 503,
    title: 'The stored passwords cannot be decrypted',
    next: 'Start Bootbench with the correct BOOTBENCH_PASSPHRASE or key file, or enter the passwords again.',
  },
  E_ISCSI_LOGIN: {
    http: 403,
    title: 'The iSCSI login failed',
    next: 'Check the machine’s CHAP name and secret against those of its host in Bootbench.',
  },
  E_ISCSI_BUSY: { http: 503, title: 'Too many iSCSI sessions', next: 'Log out of sessions that are not needed, then try again.' },
  E_JOB_TIMEOUT: {
    http: 504,
    title: 'The machine did not reach this step in time',
    next: 'The step lists what was seen and what was missing. Correct that, then retry the step.',
  },
  E_JOB_STATE: { http: 409, title: 'Not possible in the job’s current state', next: 'Check the job’s state: bootbench jobs.' },
  E_JOB_RUNNING: { http: 409, title: 'A job is already running for this host', next: 'Wait until it has finished, or cancel it first.' },
  E_AUTH: {
    http: 401,
    title: 'The token is missing or wrong',
    next: 'Open the URL that Bootbench printed, use --token-file, or send “Authorization: Bearer …” with the token.',
  },
  E_FORBIDDEN_ORIGIN: {
    http: 403,
    title: 'The request came from another web page or host name',
    next: 'Open Bootbench with the URL that it printed.',
  },
  E_TOO_LARGE: { http: 413, title: 'The request is too large', next: 'Stay below the limit that the message gives.' },
  E_UPLOAD_OFFSET: {
    http: 409,
    title: 'The upload does not continue where it stopped',
    next: 'Resume at Upload-Offset, or cancel the import and start over.',
  },
  E_API_UNREACHABLE: {
    http: 503,
    title: 'Bootbench does not answer',
    next: 'Start Bootbench, or name a running one with --api and --token-file.',
  },
  E_TOO_MANY: { http: 429, title: 'Too many at once', next: 'Wait until some have ended, and try again.' },
  E_SLOW_READER: { http: 503, title: 'The client read too slowly', next: 'Reconnect with the last sequence number. No data is lost.' },
  E_THREAD_DIED: {
    http: 503,
    title: 'The services stopped unexpectedly',
    next: 'They restart automatically. See the log for the cause.',
  },
  E_NOT_LOADED: {
    http: 503,
    title: 'The services could not be loaded',
    next: 'Install Bootbench again. `bootbench doctor` shows which part cannot be loaded.',
  },
  E_NATIVE_MODULE: {
    http: 503,
    title: 'A native module cannot be loaded',
    next: 'Install Bootbench again, for this system and processor; in a clone, run npm start.',
  },
  E_SECRETS_NOT_STORED: {
    http: 503,
    title: 'Passwords last for this session only',
    next: 'Set up a keyring (GNOME Keyring or KWallet) on this desktop, or enter the passwords again after each start.',
  },
  E_DOCTOR: { http: 503, title: 'This computer failed a check', next: 'Follow the next step of each failed line.' },
  E_FIX_FAILED: { http: 500, title: 'The fix did not work', next: 'Run the shown command in a terminal with administrator rights.' },
  E_CANCELLED: { http: 499, title: 'Cancelled', next: 'No action needed.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

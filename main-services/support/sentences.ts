/** What a person reads in a support bundle. */

export const README = `This is a support bundle of Bootbench. Everything in it is text.

doctor.json         the checks of this computer (bootbench doctor)
versions.json       versions of the program's parts
settings.json       the settings of the command line
network-ports.json  the network ports of this computer
preflight.json      the checklist, where Bootbench was running
status.json         the services, where Bootbench was running
events.jsonl        what happened, newest first, one event on each line
log/                the end of each log file

It has no passwords, tokens, keys or configs, and values that look like one are replaced by three dots. It names machines, MAC and IP
addresses, images and paths of this computer. Read it before you send it to anyone.
`;

-- Views for askers that are not the host are no longer stored: they pushed out the host's own.
DELETE FROM views WHERE json_extract(inputs, '$.forStrangers') IS NOT NULL;
-- The relay through which a lease was given (giaddr, RFC 2131 section 4.3); null where the machine is on our own wire.
ALTER TABLE leases ADD COLUMN relay TEXT;

-- One lease per address and per machine; keyed on chaddr, never on option 61 (firmware, iPXE and OS differ).
CREATE TABLE leases (
  ip TEXT PRIMARY KEY,
  mac TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('offered', 'bound', 'released', 'declined')),
  hostname TEXT,
  vendor_class TEXT,
  started_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX leases_by_mac ON leases(mac);

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  host TEXT,
  mac TEXT,
  ip TEXT,
  text TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
CREATE INDEX events_by_host ON events(host, seq) WHERE host IS NOT NULL;
CREATE INDEX events_by_mac ON events(mac, seq) WHERE mac IS NOT NULL;

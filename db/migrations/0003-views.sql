-- A frozen view: what it was made from, so that it can be made again after a restart, and the hash that it must then have.
CREATE TABLE views (
  token TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  mac TEXT NOT NULL,
  image TEXT NOT NULL,
  inputs TEXT NOT NULL CHECK (json_valid(inputs)),
  planner INTEGER NOT NULL,
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX views_by_mac ON views(mac, created_at);

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

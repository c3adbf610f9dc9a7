-- Aggregates are kept as their contract JSON, with the columns that are searched or must be unique beside it.
CREATE TABLE hosts (
  name TEXT PRIMARY KEY,
  object TEXT NOT NULL CHECK (json_valid(object))
) STRICT;

CREATE TABLE interfaces (
  mac TEXT PRIMARY KEY,
  host TEXT NOT NULL REFERENCES hosts(name) ON DELETE CASCADE ON UPDATE CASCADE,
  ip TEXT
) STRICT;
CREATE INDEX interfaces_by_host ON interfaces(host);
CREATE UNIQUE INDEX interfaces_by_ip ON interfaces(ip) WHERE ip IS NOT NULL;

CREATE TABLE images (
  name TEXT PRIMARY KEY,
  object TEXT NOT NULL CHECK (json_valid(object))
) STRICT;

CREATE TABLE configs (
  name TEXT PRIMARY KEY,
  object TEXT NOT NULL CHECK (json_valid(object))
) STRICT;

CREATE TABLE discovered (
  mac TEXT PRIMARY KEY,
  object TEXT NOT NULL CHECK (json_valid(object))
) STRICT;

-- Every change of a row above or of a lease, in the same transaction. AUTOINCREMENT: a number is never used twice.
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  op TEXT NOT NULL CHECK (op IN ('ADDED', 'MODIFIED', 'DELETED')),
  name TEXT NOT NULL,
  object TEXT NOT NULL CHECK (json_valid(object))
) STRICT;

-- Passwords, sealed by the host program (the desktop's keychain, or a key of the data directory), and certificates that were seen first.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  sealed TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE pins (
  endpoint TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  pinned_at INTEGER NOT NULL
) STRICT;

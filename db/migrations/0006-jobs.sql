-- Reimages as contract JSON; their steps are in it. Finished jobs are kept up to a number.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  object TEXT NOT NULL CHECK (json_valid(object))
) STRICT;

ALTER TABLE events RENAME COLUMN text TO message;

-- Of every byte of the view, made when somebody asks: a view never changes, so neither does this.
ALTER TABLE views ADD COLUMN sha256 TEXT;

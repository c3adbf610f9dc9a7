-- The number of the event before the arming for which a view was last given out: order by number, not by time. Unknown for older views.
ALTER TABLE views ADD COLUMN arming INTEGER;

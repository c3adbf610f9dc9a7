-- The number of the change that made a row what it is, in the object itself. 1 where that change is no longer stored: older than any that is.
UPDATE hosts SET object = json_set(object, '$.seq', 1);
UPDATE hosts SET object = json_set(object, '$.seq', last.seq)
  FROM (SELECT name, max(seq) AS seq FROM changes WHERE kind = 'host' GROUP BY name) AS last WHERE last.name = hosts.name;
UPDATE images SET object = json_set(object, '$.seq', 1);
UPDATE images SET object = json_set(object, '$.seq', last.seq)
  FROM (SELECT name, max(seq) AS seq FROM changes WHERE kind = 'image' GROUP BY name) AS last WHERE last.name = images.name;
UPDATE configs SET object = json_set(object, '$.seq', 1);
UPDATE configs SET object = json_set(object, '$.seq', last.seq)
  FROM (SELECT name, max(seq) AS seq FROM changes WHERE kind = 'config' GROUP BY name) AS last WHERE last.name = configs.name;
UPDATE jobs SET object = json_set(object, '$.seq', 1);
UPDATE jobs SET object = json_set(object, '$.seq', last.seq)
  FROM (SELECT name, max(seq) AS seq FROM changes WHERE kind = 'job' GROUP BY name) AS last WHERE last.name = jobs.id;

-- Stored objects use the contract's two words for text that a person reads: `message` and `reason`. Only keys can match: a quotation mark
-- inside a JSON string is escaped. The names in a host's vars are the user's own and stay.
UPDATE hosts SET object = CASE json_type(object, '$.vars') WHEN 'object'
    THEN json_set(replace(object, '"sentence":', '"message":'), '$.vars', json_extract(object, '$.vars'))
    ELSE replace(object, '"sentence":', '"message":') END
  WHERE object LIKE '%"sentence":%';
UPDATE jobs SET object = replace(replace(object, '"sentence":', '"message":'), '"why":', '"reason":')
  WHERE object LIKE '%"sentence":%' OR object LIKE '%"why":%';
UPDATE images SET object = replace(replace(replace(replace(object,
    '"why":"large"', '"cause":"large"'), '"why":"many"', '"cause":"many"'), '"why":"damaged"', '"cause":"damaged"'), '"why":', '"reason":')
  WHERE object LIKE '%"why":%';
-- Followers resume from a change, and would get the old words.
DELETE FROM changes;

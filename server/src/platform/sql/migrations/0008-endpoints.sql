-- Minutes of an app with several base URLs are counted for each of them besides the app as a whole, which is the empty one:
-- what was counted before was counted of the app as a whole, and stays so.
ALTER TABLE minute_count ADD COLUMN endpoint text NOT NULL DEFAULT '';
ALTER TABLE minute_count DROP CONSTRAINT minute_count_pkey;
ALTER TABLE minute_count ADD PRIMARY KEY (marketplace_id, minute, subject, indicator, target, endpoint);

ALTER TABLE day_count ADD COLUMN endpoint text NOT NULL DEFAULT '';
ALTER TABLE day_count DROP CONSTRAINT day_count_pkey;
ALTER TABLE day_count ADD PRIMARY KEY (marketplace_id, subject, indicator, target, endpoint, day);

-- Whole UTC days, compacted: the minutes of a day as runs of equal ones, their sums, and a digest over both that the log
-- seals. `minute_count` holds the minutes of days that are still open.
CREATE TABLE day_count (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  indicator text NOT NULL,
  target text NOT NULL,
  -- Days since 1970-01-01.
  day integer NOT NULL,
  good integer NOT NULL,
  total integer NOT NULL,
  unknown integer NOT NULL,
  -- [[minutes, kind], …] from midnight to midnight; kind is g, b or u.
  runs jsonb NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (marketplace_id, subject, indicator, target, day)
);
CREATE INDEX day_count_by_day ON day_count (marketplace_id, day);

ALTER TABLE day_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE day_count FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON day_count TO castellan_app;
CREATE POLICY whole_marketplace ON day_count TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND castellan_sees_all())
  WITH CHECK (marketplace_id = castellan_marketplace() AND castellan_sees_all());
CREATE POLICY own_subjects ON day_count FOR SELECT TO castellan_app USING (castellan_sees(marketplace_id, subject));

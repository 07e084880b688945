-- Minutes that entries of the fairness ledger take out of an app's figures: seen as they were, and counted as not judged.
-- The log says why and by whom; these rows are what the watch reads when it builds its windows.
CREATE TABLE minute_exclusion (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  entry text NOT NULL,
  -- A recurring maintenance has a row for each time.
  place integer NOT NULL,
  -- The base URL that it is about; empty: the whole app.
  endpoint text NOT NULL,
  from_minute integer NOT NULL,
  to_minute integer NOT NULL CHECK (to_minute > from_minute),
  PRIMARY KEY (marketplace_id, subject, entry, place)
);

ALTER TABLE minute_exclusion ENABLE ROW LEVEL SECURITY;
ALTER TABLE minute_exclusion FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON minute_exclusion TO castellan_app;
CREATE POLICY whole_marketplace ON minute_exclusion TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND castellan_sees_all())
  WITH CHECK (marketplace_id = castellan_marketplace() AND castellan_sees_all());
CREATE POLICY own_subjects ON minute_exclusion FOR SELECT TO castellan_app USING (castellan_sees(marketplace_id, subject));

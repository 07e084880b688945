-- Figures from the field that were sent in. A batch is what was sent at once, under a key that its sender chose: sent again it
-- changes nothing. Its counts are kept by day and bound, so that a window of days adds up exactly.
CREATE TABLE field_batch (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  -- Whose figures they are: operator or partner. Never added to each other.
  reported_by text NOT NULL CHECK (reported_by IN ('operator', 'partner')),
  batch text NOT NULL,
  digest text NOT NULL,
  evidence text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (marketplace_id, subject, reported_by, batch)
);
CREATE INDEX field_batch_by_time ON field_batch (marketplace_id, subject, received_at);

CREATE TABLE field_count (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  indicator text NOT NULL,
  -- As in day_count: the bound that makes an event good, or empty where it is good by itself.
  target text NOT NULL,
  reported_by text NOT NULL CHECK (reported_by IN ('operator', 'partner')),
  -- Days since 1970-01-01.
  day integer NOT NULL,
  batch text NOT NULL,
  good bigint NOT NULL,
  total bigint NOT NULL,
  PRIMARY KEY (marketplace_id, subject, indicator, target, reported_by, day, batch)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['field_batch', 'field_count'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO castellan_app', name);
    EXECUTE format('CREATE POLICY whole_marketplace ON %I TO castellan_app USING (marketplace_id = castellan_marketplace() AND castellan_sees_all()) WITH CHECK (marketplace_id = castellan_marketplace() AND castellan_sees_all())', name);
    EXECUTE format('CREATE POLICY own_subjects ON %I FOR SELECT TO castellan_app USING (castellan_sees(marketplace_id, subject))', name);
  END LOOP;
END $$;

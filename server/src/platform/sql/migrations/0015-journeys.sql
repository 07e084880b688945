-- When each journey through an app runs next at each of its instances, and who is at it now. The log says what came of it.
CREATE TABLE journey_due (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  journey text NOT NULL,
  -- production or early-rollout.
  instance text NOT NULL CHECK (instance IN ('production', 'early-rollout')),
  due_at timestamptz NOT NULL,
  lease text,
  leased_until timestamptz,
  -- The announced change of the host that it runs for.
  rollout text,
  PRIMARY KEY (marketplace_id, subject, journey, instance)
);
CREATE INDEX journey_due_next ON journey_due (marketplace_id, due_at);

-- What a journey signs in with. Written by partners, read by the runner and by nobody else; never in the log or in evidence.
CREATE TABLE journey_secret (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  journey text NOT NULL,
  name text NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (marketplace_id, subject, journey, name)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['journey_due', 'journey_secret'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO castellan_app', name);
  END LOOP;
END $$;
CREATE POLICY whole_marketplace ON journey_due TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND castellan_sees_all())
  WITH CHECK (marketplace_id = castellan_marketplace() AND castellan_sees_all());
CREATE POLICY own_subjects ON journey_due FOR SELECT TO castellan_app USING (castellan_sees(marketplace_id, subject));
CREATE POLICY machine_only ON journey_secret TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false))
  WITH CHECK (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false));

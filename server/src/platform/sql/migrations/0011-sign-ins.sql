-- The key under which the networks that a person signs in from are hashed in the log. With it goes every way to tell what they
-- were: it is erased with the person.
CREATE TABLE person_key (
  marketplace_id text NOT NULL REFERENCES marketplace,
  person_id text NOT NULL,
  key text NOT NULL,
  PRIMARY KEY (marketplace_id, person_id)
);

ALTER TABLE person_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_key FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON person_key TO castellan_app;
CREATE POLICY machine_only ON person_key TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false))
  WITH CHECK (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false));

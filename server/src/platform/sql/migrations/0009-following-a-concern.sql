-- By which secret somebody follows the concern that they raised without signing in. Only SHA-256 is kept, and only the machine
-- reads it: who holds the secret is all that is known of them.
CREATE TABLE concern_follow_up (
  marketplace_id text NOT NULL REFERENCES marketplace,
  secret_sha256 text NOT NULL,
  app text NOT NULL,
  concern text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (marketplace_id, secret_sha256)
);
CREATE INDEX concern_follow_up_by_day ON concern_follow_up (marketplace_id, created_at);
CREATE INDEX concern_follow_up_by_end ON concern_follow_up (marketplace_id, expires_at);

ALTER TABLE concern_follow_up ENABLE ROW LEVEL SECURITY;
ALTER TABLE concern_follow_up FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON concern_follow_up TO castellan_app;
CREATE POLICY machine_only ON concern_follow_up TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false))
  WITH CHECK (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false));

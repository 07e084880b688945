-- When each app is looked at next by the scanner, and who is at it now. A row an app; the log says what was found.
CREATE TABLE scan_due (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  due_at timestamptz NOT NULL,
  -- Why it is due: registered, changed, requested, daily, again.
  why text NOT NULL,
  -- Who holds the row while scanning, and until when; a holder that died loses it by time.
  lease text,
  leased_until timestamptz,
  started_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  told text,
  PRIMARY KEY (marketplace_id, subject)
);
CREATE INDEX scan_due_next ON scan_due (marketplace_id, due_at);

ALTER TABLE scan_due ENABLE ROW LEVEL SECURITY;
ALTER TABLE scan_due FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON scan_due TO castellan_app;
CREATE POLICY whole_marketplace ON scan_due TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND castellan_sees_all())
  WITH CHECK (marketplace_id = castellan_marketplace() AND castellan_sees_all());
CREATE POLICY own_subjects ON scan_due FOR SELECT TO castellan_app USING (castellan_sees(marketplace_id, subject));

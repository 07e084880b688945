-- Who acts and what is owed: links by mail, names of tokens, webhooks, drafts of forms. What is personal or free
-- text lives here, outside the log, where it can be erased.

ALTER TABLE person ADD COLUMN erased_at timestamptz;
-- An address belongs to one person of a marketplace; letter case does not make another.
CREATE UNIQUE INDEX person_by_mail ON person (marketplace_id, lower(mail)) WHERE mail IS NOT NULL;

ALTER TABLE credential DROP CONSTRAINT credential_kind_check;
ALTER TABLE credential ADD CONSTRAINT credential_kind_check CHECK (kind IN ('admin_link', 'invitation', 'sign_in_link', 'mail_link', 'session', 'token'));
ALTER TABLE credential ADD COLUMN name text;
ALTER TABLE credential ADD COLUMN mail text;
CREATE INDEX credential_by_person ON credential (marketplace_id, person_id, kind);
CREATE INDEX credential_by_organisation ON credential (marketplace_id, organisation_id, kind);
CREATE INDEX credential_by_end ON credential (marketplace_id, expires_at);
CREATE INDEX membership_by_organisation ON membership (marketplace_id, organisation_id);

-- `destination` names who is meant (a person, an app's mailbox, a webhook), not an address: addresses are looked up when a
-- delivery leaves, so that an erased one is gone everywhere at once.
ALTER TABLE delivery ADD COLUMN subject text;
ALTER TABLE delivery ADD COLUMN created_at timestamptz NOT NULL;
ALTER TABLE delivery ADD COLUMN delivered_at timestamptz;

-- The secret signs what is sent, so it is kept as it is; only the machine reads this table.
CREATE TABLE webhook (
  marketplace_id text NOT NULL,
  webhook_id text NOT NULL,
  organisation_id text NOT NULL,
  url text NOT NULL,
  secret text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  PRIMARY KEY (marketplace_id, webhook_id),
  FOREIGN KEY (marketplace_id, organisation_id) REFERENCES organisation ON DELETE CASCADE
);
CREATE INDEX webhook_by_organisation ON webhook (marketplace_id, organisation_id);

CREATE TABLE form_draft (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  form text NOT NULL,
  answers jsonb NOT NULL,
  saved_at timestamptz NOT NULL,
  saved_by text NOT NULL,
  PRIMARY KEY (marketplace_id, subject, form)
);

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['webhook', 'form_draft'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO castellan_app', name);
  END LOOP;
END $$;
CREATE POLICY whole_marketplace ON form_draft TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND castellan_sees_all())
  WITH CHECK (marketplace_id = castellan_marketplace() AND castellan_sees_all());
CREATE POLICY own_subjects ON form_draft FOR SELECT TO castellan_app USING (castellan_sees(marketplace_id, subject));
CREATE POLICY machine_only ON webhook TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false))
  WITH CHECK (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false));
-- Secrets that let somebody in, even as hashes, are the machine's as well: no operator's transaction reads or makes them.
DROP POLICY whole_marketplace ON credential;
CREATE POLICY machine_only ON credential TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false))
  WITH CHECK (marketplace_id = castellan_marketplace() AND coalesce(castellan_party() = 'machine', false));
-- A partner reads who belongs to its own organisation.
CREATE POLICY own_members ON membership FOR SELECT TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND castellan_party() = 'partner' AND organisation_id = castellan_organisation());
CREATE POLICY own_people ON person FOR SELECT TO castellan_app
  USING (marketplace_id = castellan_marketplace() AND castellan_party() = 'partner' AND EXISTS (
    SELECT 1 FROM membership m WHERE m.marketplace_id = person.marketplace_id AND m.person_id = person.person_id AND m.organisation_id = castellan_organisation()));

-- The house: tenants, the log, its views, who acts, evidence, measurements, due work.
-- Every tenant table has marketplace_id first in each key, row security forced, and policies of its own.
-- Transactions run as castellan_app (owns nothing, bypasses nothing) with three transaction-local settings:
-- castellan.marketplace, castellan.party (machine, operator, partner, public) and castellan.organisation.

DO $$ BEGIN CREATE ROLE castellan_app NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;

CREATE FUNCTION castellan_marketplace() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('castellan.marketplace', true), '') $$;
CREATE FUNCTION castellan_party() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('castellan.party', true), '') $$;
CREATE FUNCTION castellan_organisation() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('castellan.organisation', true), '') $$;
-- The machine and the operator see their whole marketplace.
CREATE FUNCTION castellan_sees_all() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT coalesce(castellan_party() IN ('machine', 'operator'), false) $$;

CREATE TABLE marketplace (
  marketplace_id text PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL
);

-- Which organisations a subject (an app) concerns: a row each, since one record may have several parties.
CREATE TABLE subject_party (
  marketplace_id text NOT NULL REFERENCES marketplace,
  subject text NOT NULL,
  organisation_id text NOT NULL,
  PRIMARY KEY (marketplace_id, subject, organisation_id)
);

CREATE FUNCTION castellan_sees(of_marketplace text, of_subject text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT of_marketplace = castellan_marketplace() AND (castellan_sees_all() OR (
    castellan_party() = 'partner' AND of_subject IS NOT NULL AND EXISTS (
      SELECT 1 FROM subject_party p WHERE p.marketplace_id = of_marketplace AND p.subject = of_subject AND p.organisation_id = castellan_organisation())))
$$;

CREATE TABLE event (
  marketplace_id text NOT NULL REFERENCES marketplace,
  seq bigint NOT NULL,
  stream text NOT NULL,
  version integer NOT NULL,
  subject text,
  type text NOT NULL,
  at timestamptz NOT NULL,
  actor jsonb NOT NULL,
  cause text,
  previous text,
  hash text NOT NULL,
  payload jsonb NOT NULL,
  PRIMARY KEY (marketplace_id, seq),
  UNIQUE (marketplace_id, stream, version),
  UNIQUE (marketplace_id, hash)
);

CREATE FUNCTION castellan_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION castellan_refuse_change();

CREATE TABLE document (
  marketplace_id text NOT NULL REFERENCES marketplace,
  view text NOT NULL,
  key text NOT NULL,
  subject text,
  body jsonb NOT NULL,
  PRIMARY KEY (marketplace_id, view, key)
);

-- Bodies are named by a salted hash; erasing one leaves the name, so that what cites it still verifies.
CREATE TABLE evidence (
  marketplace_id text NOT NULL REFERENCES marketplace,
  evidence_id text NOT NULL,
  subject text NOT NULL,
  kind text NOT NULL,
  observed_at timestamptz NOT NULL,
  valid_until timestamptz,
  source jsonb NOT NULL,
  visibility text NOT NULL CHECK (visibility IN ('public', 'partner', 'operator')),
  salt text NOT NULL,
  body jsonb,
  erased_at timestamptz,
  PRIMARY KEY (marketplace_id, evidence_id)
);

CREATE TABLE organisation (
  marketplace_id text NOT NULL REFERENCES marketplace,
  organisation_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('operator', 'partner', 'buyer', 'researcher', 'auditor')),
  name text NOT NULL,
  PRIMARY KEY (marketplace_id, organisation_id)
);

CREATE TABLE person (
  marketplace_id text NOT NULL REFERENCES marketplace,
  person_id text NOT NULL,
  name text NOT NULL,
  mail text,
  PRIMARY KEY (marketplace_id, person_id)
);

CREATE TABLE membership (
  marketplace_id text NOT NULL,
  person_id text NOT NULL,
  organisation_id text NOT NULL,
  role text NOT NULL,
  PRIMARY KEY (marketplace_id, person_id, organisation_id),
  FOREIGN KEY (marketplace_id, person_id) REFERENCES person ON DELETE CASCADE,
  FOREIGN KEY (marketplace_id, organisation_id) REFERENCES organisation ON DELETE CASCADE
);

-- Every secret that lets somebody in: one-time admin links, invitations, sessions, API tokens. Only SHA-256 is kept.
CREATE TABLE credential (
  marketplace_id text NOT NULL REFERENCES marketplace,
  secret_sha256 text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('admin_link', 'invitation', 'session', 'token')),
  credential_id text NOT NULL,
  person_id text,
  organisation_id text,
  role text,
  scopes jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  seen_at timestamptz,
  PRIMARY KEY (marketplace_id, secret_sha256),
  UNIQUE (marketplace_id, credential_id)
);

CREATE TABLE setting (
  marketplace_id text NOT NULL REFERENCES marketplace,
  name text NOT NULL,
  value jsonb NOT NULL,
  PRIMARY KEY (marketplace_id, name)
);

-- Minute counts: good, total judged, unknown; one row an app, indicator, target and minute.
CREATE TABLE minute_count (
  marketplace_id text NOT NULL REFERENCES marketplace,
  minute integer NOT NULL,
  subject text NOT NULL,
  indicator text NOT NULL,
  target text NOT NULL,
  good integer NOT NULL,
  total integer NOT NULL,
  unknown integer NOT NULL,
  PRIMARY KEY (marketplace_id, minute, subject, indicator, target)
);
CREATE INDEX minute_count_by_subject ON minute_count (marketplace_id, subject, indicator, minute);

-- Detail of single probes, kept for two days.
CREATE TABLE probe_sample (
  marketplace_id text NOT NULL REFERENCES marketplace,
  at timestamptz NOT NULL,
  subject text NOT NULL,
  target text NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('good', 'bad', 'unknown')),
  reason text,
  status integer,
  phases jsonb NOT NULL,
  PRIMARY KEY (marketplace_id, at, subject, target)
);
CREATE INDEX probe_sample_by_subject ON probe_sample (marketplace_id, subject, at);

-- What must be told, written once in the transaction that owes it, delivered by a job with retries.
CREATE TABLE delivery (
  marketplace_id text NOT NULL REFERENCES marketplace,
  delivery_id text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('mail', 'webhook')),
  destination text NOT NULL,
  code text NOT NULL,
  params jsonb NOT NULL,
  cause text,
  state text NOT NULL CHECK (state IN ('owed', 'delivered', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  leased_until timestamptz,
  told text,
  PRIMARY KEY (marketplace_id, delivery_id)
);
CREATE INDEX delivery_due ON delivery (marketplace_id, state, due_at);

CREATE TABLE audit_line (
  marketplace_id text NOT NULL REFERENCES marketplace,
  audit_id text NOT NULL,
  at timestamptz NOT NULL,
  actor jsonb NOT NULL,
  act text NOT NULL,
  what jsonb NOT NULL,
  PRIMARY KEY (marketplace_id, audit_id)
);

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['marketplace', 'subject_party', 'event', 'document', 'evidence', 'organisation', 'person', 'membership', 'credential', 'setting',
      'minute_count', 'probe_sample', 'delivery', 'audit_line'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO castellan_app', name);
    IF name NOT IN ('event', 'audit_line') THEN EXECUTE format('GRANT UPDATE, DELETE ON %I TO castellan_app', name); END IF;
    -- The machine and the operator work with all rows of their own marketplace, and with none of another's.
    EXECUTE format('CREATE POLICY whole_marketplace ON %I TO castellan_app USING (marketplace_id = castellan_marketplace() AND castellan_sees_all()) WITH CHECK (marketplace_id = castellan_marketplace() AND castellan_sees_all())', name);
  END LOOP;
  -- Partners read what concerns their apps.
  FOREACH name IN ARRAY ARRAY['event', 'document', 'minute_count', 'probe_sample'] LOOP
    EXECUTE format('CREATE POLICY own_subjects ON %I FOR SELECT TO castellan_app USING (castellan_sees(marketplace_id, subject))', name);
  END LOOP;
END $$;
CREATE POLICY own_evidence ON evidence FOR SELECT TO castellan_app USING (visibility <> 'operator' AND castellan_sees(marketplace_id, subject));
CREATE POLICY own_subject_rows ON subject_party FOR SELECT TO castellan_app USING (marketplace_id = castellan_marketplace() AND castellan_party() = 'partner' AND organisation_id = castellan_organisation());
CREATE POLICY own_organisation ON organisation FOR SELECT TO castellan_app USING (marketplace_id = castellan_marketplace() AND castellan_party() = 'partner' AND organisation_id = castellan_organisation());
-- Everybody reads what is public: views whose name starts with "public.", and public evidence.
CREATE POLICY public_documents ON document FOR SELECT TO castellan_app USING (marketplace_id = castellan_marketplace() AND view LIKE 'public.%');
CREATE POLICY public_evidence ON evidence FOR SELECT TO castellan_app USING (marketplace_id = castellan_marketplace() AND visibility = 'public');
CREATE POLICY marketplace_name ON marketplace FOR SELECT TO castellan_app USING (marketplace_id = castellan_marketplace());

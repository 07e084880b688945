import type { ColumnType, Generated, JSONColumnType } from 'kysely'

/** Row types of the migrations. Times go in and out as ISO text; see `connection.ts` for the parsers. */

type Json = JSONColumnType<object>
type Counted = ColumnType<number, number, number>

export type Schema = {
  marketplace: { marketplace_id: string; name: string; created_at: string }
  subject_party: { marketplace_id: string; subject: string; organisation_id: string }
  event: {
    marketplace_id: string
    seq: Counted
    stream: string
    version: number
    subject: string | null
    type: string
    at: string
    actor: Json
    cause: string | null
    previous: string | null
    hash: string
    payload: Json
  }
  document: { marketplace_id: string; view: string; key: string; subject: string | null; body: Json }
  evidence: {
    marketplace_id: string
    evidence_id: string
    subject: string
    kind: string
    observed_at: string
    valid_until: string | null
    source: Json
    visibility: 'public' | 'partner' | 'operator'
    salt: string
    body: JSONColumnType<object | null, string | null, string | null>
    erased_at: string | null
  }
  organisation: { marketplace_id: string; organisation_id: string; kind: string; name: string }
  person: { marketplace_id: string; person_id: string; name: string; mail: string | null; erased_at: string | null }
  person_key: { marketplace_id: string; person_id: string; key: string }
  membership: { marketplace_id: string; person_id: string; organisation_id: string; role: string }
  credential: {
    marketplace_id: string
    secret_sha256: string
    kind: 'admin_link' | 'invitation' | 'sign_in_link' | 'mail_link' | 'session' | 'token'
    credential_id: string
    person_id: string | null
    organisation_id: string | null
    role: string | null
    scopes: JSONColumnType<string[]>
    created_at: string
    expires_at: string
    used_at: string | null
    seen_at: string | null
    name: string | null
    mail: string | null
  }
  setting: { marketplace_id: string; name: string; value: Json }
  minute_count: {
    marketplace_id: string
    minute: number
    subject: string
    indicator: string
    target: string
    endpoint: Generated<string>
    good: number
    total: number
    unknown: number
  }
  day_count: {
    marketplace_id: string
    subject: string
    indicator: string
    target: string
    endpoint: Generated<string>
    day: number
    good: number
    total: number
    unknown: number
    runs: JSONColumnType<(readonly [number, string])[]>
    digest: string
  }
  field_batch: {
    marketplace_id: string
    subject: string
    reported_by: 'operator' | 'partner'
    batch: string
    digest: string
    evidence: string
    received_at: string
  }
  field_count: {
    marketplace_id: string
    subject: string
    indicator: string
    target: string
    reported_by: 'operator' | 'partner'
    day: number
    batch: string
    good: number
    total: number
  }
  minute_exclusion: {
    marketplace_id: string
    subject: string
    entry: string
    place: number
    endpoint: string
    from_minute: number
    to_minute: number
  }
  probe_sample: {
    marketplace_id: string
    at: string
    subject: string
    target: string
    verdict: 'good' | 'bad' | 'unknown'
    reason: string | null
    status: number | null
    phases: Json
  }
  delivery: {
    marketplace_id: string
    delivery_id: string
    channel: 'mail' | 'webhook'
    destination: string
    code: string
    params: Json
    cause: string | null
    state: 'owed' | 'delivered' | 'dead'
    attempts: number
    due_at: string
    leased_until: string | null
    told: string | null
    subject: string | null
    created_at: string
    delivered_at: string | null
  }
  webhook: {
    marketplace_id: string
    webhook_id: string
    organisation_id: string
    url: string
    secret: string
    created_at: string
    created_by: string
  }
  concern_follow_up: {
    marketplace_id: string
    secret_sha256: string
    app: string
    concern: string
    created_at: string
    expires_at: string
  }
  form_draft: { marketplace_id: string; subject: string; form: string; answers: Json; saved_at: string; saved_by: string; revision: number }
  scan_due: {
    marketplace_id: string
    subject: string
    due_at: string
    why: 'registered' | 'changed' | 'requested' | 'daily' | 'again'
    lease: string | null
    leased_until: string | null
    started_at: string | null
    attempts: number
    told: string | null
    /** The one check that is asked again; null for all. */
    only_check: string | null
    /** When the scan of everything is due, while one check is asked again. */
    whole_due_at: string | null
  }
  journey_due: {
    marketplace_id: string
    subject: string
    journey: string
    instance: 'production' | 'early-rollout'
    due_at: string
    lease: string | null
    leased_until: string | null
    rollout: string | null
  }
  journey_secret: { marketplace_id: string; subject: string; journey: string; name: string; value: string }
  audit_line: { marketplace_id: string; audit_id: string; at: string; actor: Json; act: string; what: Json }
}

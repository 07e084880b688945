import { z } from 'zod'

/**
 * What a programme pack may say. One folder is one programme; every number in it is data with a date.
 * Unknown keys are refused with their path, so that a typo never becomes a silent default.
 */

const Day = z.iso.date()
/** ISO 8601 span without a sign, `P28D`, `P4W`, `PT24H`. */
const Span = z.string().regex(/^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, 'write a span like P28D, P4W or PT24H')
const Id = z.string().regex(/^[a-z0-9]+([-.][a-z0-9]+)*$/, 'lower-case words joined by - or .')

/** Where a rule comes from. `confidence`: V read on the primary page, I told by a third party who read it, U inferred, ours = our own default where nothing is published. */
export const Citation = z.strictObject({
  source: z.string().min(1),
  read_on: Day.optional(),
  confidence: z.enum(['V', 'I', 'U', 'ours']),
  /** The number that the source gives the rule, such as 1.1 or 7.3. */
  no: z.string().optional(),
  note: z.string().optional(),
})

/** Which apps a requirement is about. Absent means all of them. */
export const AppliesTo = z.strictObject({
  platforms: z
    .array(z.enum(['connect', 'forge', 'neutral']))
    .min(1)
    .optional(),
  /** Where the app's code runs: with the partner (`remote`), on the host's platform, both, or static files only. */
  hosting: z
    .array(z.enum(['remote', 'platform', 'mixed', 'static']))
    .min(1)
    .optional(),
})

/** How a requirement is met: a closed union, not a language. */
export type MetWhen =
  | { readonly check: string; readonly fresh_for?: string | undefined }
  | {
      readonly slo: {
        readonly indicator: string
        /** Share of good events, 0 to 1. */
        readonly target: number
        readonly window: string
        /** Share of the window's expected samples that must have been judged, 0 to 1. */
        readonly coverage: number
        /** For latency and field telemetry: an event is good when its value is at most this (ms, or the unit named). */
        readonly good_when_at_most?: number | undefined
        readonly unit?: string | undefined
        /** Events that must have been seen before any verdict. */
        readonly minimum_events?: number | undefined
        /** Whose figures count where they are sent in; the operator's own otherwise. A partner's are marked as such wherever they are shown. */
        readonly reported_by?: readonly ('operator' | 'partner')[] | undefined
        /** Of an app with several base URLs: each is held to it and the worst decides (the default), or any bad one makes a minute bad. */
        readonly endpoints?: 'worst' | 'together' | undefined
      }
    }
  | { readonly clocks: { readonly policy: string; readonly overdue_at_most: number } }
  | { readonly form: { readonly form: string; readonly complete: number; readonly fresh_for?: string | undefined } }
  | { readonly record: { readonly kind: string; readonly states: readonly string[]; readonly fresh_for?: string | undefined } }
  | {
      readonly attestation: {
        readonly evidence: readonly string[]
        readonly reviewer: 'operator' | 'uninvolved-operator'
        readonly expires_after: string
      }
    }
  /** What its own source does not publish: a threshold, or how it is validated. Nobody can meet it and nobody can miss it. */
  | { readonly unpublished: string }
  | { readonly all_of: readonly MetWhen[] }
  | { readonly any_of: readonly MetWhen[] }
  /** Asked in order, the first that can say decides: a machine where it sees, a person where it cannot. */
  | { readonly first_of: readonly MetWhen[] }

export const MetWhen: z.ZodType<MetWhen> = z.lazy(() =>
  z.union([
    z.strictObject({ check: Id, fresh_for: Span.optional() }),
    z.strictObject({
      slo: z.strictObject({
        indicator: Id,
        target: z.number().gt(0).lte(1),
        window: Span,
        coverage: z.number().gte(0).lte(1),
        good_when_at_most: z.number().positive().optional(),
        unit: z.string().optional(),
        minimum_events: z.int().positive().optional(),
        endpoints: z.enum(['worst', 'together']).optional(),
        reported_by: z
          .array(z.enum(['operator', 'partner']))
          .min(1)
          .optional(),
      }),
    }),
    z.strictObject({ clocks: z.strictObject({ policy: Id, overdue_at_most: z.int().gte(0) }) }),
    z.strictObject({ form: z.strictObject({ form: Id, complete: z.number().gt(0).lte(1), fresh_for: Span.optional() }) }),
    z.strictObject({ record: z.strictObject({ kind: Id, states: z.array(Id).min(1), fresh_for: Span.optional() }) }),
    z.strictObject({
      attestation: z.strictObject({
        evidence: z.array(z.string().min(1)).min(1),
        reviewer: z.enum(['operator', 'uninvolved-operator']),
        expires_after: Span,
      }),
    }),
    z.strictObject({ unpublished: z.string().min(1) }),
    z.strictObject({ all_of: z.array(MetWhen).min(1) }),
    z.strictObject({ any_of: z.array(MetWhen).min(1) }),
    z.strictObject({ first_of: z.array(MetWhen).min(2) }),
  ]),
)

/** What may change from a day on without the requirement becoming another one. */
const Revision = z.strictObject({
  since: Day,
  title: z.string().optional(),
  met_when: MetWhen.optional(),
  grace: Span.optional(),
  tiers: z.array(Id).min(1).optional(),
  cites: z.array(Citation).min(1).optional(),
  why_changed: z.string().min(1),
  /** How a partner gets from what was asked before to what is asked from here on. */
  adoption_guide: z.string().min(1).optional(),
})

export const Requirement = z.strictObject({
  id: Id,
  pillar: Id,
  /** The tiers that ask for it. */
  tiers: z.array(Id).min(1),
  title: z.string().min(1),
  why: z.string().min(1),
  /** What a partner does to meet it. */
  how_to_meet: z.string().min(1),
  /** How an app that is listed already comes to meet it until its first day: told with the announcement. */
  adoption_guide: z.string().min(1).optional(),
  cites: z.array(Citation).min(1),
  since: Day,
  retired: Day.optional(),
  applies_to: AppliesTo.optional(),
  /** Shown beside the public table: probe, scan, record, attestation or derived. */
  verified_by: z.enum(['probe', 'scan', 'record', 'attestation', 'derived']),
  met_when: MetWhen.optional(),
  /** Time to put it right before the badge is suspended. */
  grace: Span,
  /** Whether strangers may read what exactly is unmet (`full`), or only that the pillar is in cure until a date (`cure-date`). */
  public_when_unmet: z.enum(['full', 'cure-date']),
  /** Recommended only: shown, never counted. */
  advisory: z.boolean().optional(),
  /** How long it must have been met before it counts towards a first grant. */
  soak: Span.optional(),
  /** When the partner is warned, long before the objective is lost: so many bad samples, or a share below, within a span. */
  early_warning: z
    .strictObject({
      bad_at_least: z.int().positive().optional(),
      below: z.number().gt(0).lte(1).optional(),
      within: Span,
      /** At most one mail in this span. */
      at_most_one_per: Span.optional(),
    })
    .optional(),
  revisions: z.array(Revision).optional(),
})

export const Tier = z.strictObject({
  id: Id,
  title: z.string().min(1),
  /** `base`: every listed app is held to it, breaches lead to hide and pause. `badge`: applied for or granted, shown to the world. */
  kind: z.enum(['base', 'badge']),
  says: z.string().min(1),
  /** Whether a partner has to apply, or the machine proposes the tier as soon as everything is met. A person grants in either case. */
  application: z.enum(['required', 'none']),
  /** Reviewers who must agree to a grant. */
  reviewers: z.int().gte(1),
  /** Reviewers who must agree to giving a suspended badge back; as many as to a grant where nothing is said. */
  restoring_reviewers: z.int().gte(1).optional(),
  /** Past this age of the newest evidence the badge is not renewed and expires. */
  max_evidence_age: Span,
  /** How long a badge lasts before it must be renewed. */
  valid_for: Span,
})

/** A trust signal of the public table: criterion by tier. */
const Signal = z.strictObject({
  id: Id,
  title: z.string().min(1),
  /** Requirements behind the cell. */
  requirements: z.array(Id),
  /** Per tier id: asked for, optional, not asked for, or words of its own. */
  tiers: z.record(Id, z.enum(['yes', 'optional', 'no'])),
  note: z.string().optional(),
})

/** What happened to the model programme in the real world: cited, told, never acted on. */
const HistoryEntry = z.strictObject({ on: z.string().min(4), what: z.string().min(1), cites: z.array(Citation).min(1) })

/** One side of a level's condition: a figure of the partner and its bound, or the state that it must have. */
const LevelTerm = z.strictObject({
  measure: Id,
  at_least: z.number().optional(),
  at_most: z.number().optional(),
  is: z.string().optional(),
})

/** A level of the partner as a whole, apart from any app's badge. All criteria hold; a criterion holds when all terms of one alternative do. */
const PartnerLevel = z.strictObject({
  id: Id,
  title: z.string().min(1),
  criteria: z
    .array(
      z.strictObject({
        id: Id,
        says: z.string().min(1),
        any_of: z.array(z.array(LevelTerm).min(1)).min(1),
        cites: z.array(Citation).min(1),
      }),
    )
    .min(1),
})

export const Programme = z.strictObject({
  id: Id,
  title: z.string().min(1),
  says: z.string().min(1),
  zone: z.string().min(1),
  modelled_on: z.strictObject({
    whose: z.string().min(1),
    documents: z.array(z.string().min(1)).min(1),
    disclaimer: z.string().min(1),
  }),
  /** The programme that this one takes the place of, and how its holders come over. When that begins and whether at all is its operator's act. */
  succeeds: z
    .strictObject({
      programme: Id,
      /** The rules, as holders read them. */
      says: z.string().min(1),
      /** From this day on both run and decisions about holders can be made. */
      side_by_side_from: Day,
      /** The first day on which the older programme is over. */
      ends: Day,
      /** In which states a badge of the older programme can be decided about. */
      badges: z.array(z.enum(['active', 'at_risk', 'suspended'])).min(1),
      tiers: z.array(z.strictObject({ from: Id, to: Id })).min(1),
      cites: z.array(Citation).min(1),
    })
    .optional(),
  /** Not all of its rules are known. Told on every page; run only where the operator names it; what is unknown keeps its tiers from being granted. */
  incomplete: z.strictObject({ says: z.string().min(1), cites: z.array(Citation).min(1) }).optional(),
  /**
   * Calendar versions; they may overlap. The newest whose `effective` has come judges from that day. Until `published` a version
   * is a draft: it may be consulted on, and its rules may be judged in shadow, beside those in force and counting nowhere.
   */
  versions: z
    .array(
      z.strictObject({
        version: z.string().regex(/^\d{4}\.\d+$/, 'calendar version such as 2026.1'),
        /** First and last day on which comments on the draft are taken. */
        consultation: z.strictObject({ opens: Day, closes: Day }).optional(),
        /** From this day on its new and changed requirements are judged for every app, shown to its partner, and count nowhere. */
        shadow: Day.optional(),
        /** The day on which it is announced with what it means for each app. */
        published: Day,
        effective: Day,
        superseded: Day.optional(),
        says: z.string().min(1),
        /** What a partner does about the version as a whole. */
        adoption_guide: z.string().min(1).optional(),
      }),
    )
    .min(1),
  pillars: z.array(z.strictObject({ id: Id, title: z.string().min(1), says: z.string().min(1) })).min(1),
  tiers: z.array(Tier).min(1),
  signals: z.array(Signal).optional(),
  partner_levels: z.array(PartnerLevel).optional(),
  history: z.array(HistoryEntry).optional(),
})

const PolicyHead = {
  id: Id,
  title: z.string().min(1),
  since: Day,
  retired: Day.optional(),
  cites: z.array(Citation).min(1),
}

/** How long somebody has whose turn it is. With weekdays, only these count (1 is Monday). */
const TurnClock = z.strictObject({ within: Span, weekdays: z.array(z.int().gte(1).lte(7)).min(1).optional() })

/** What was seen of an app, as far as an answer can be held against it. Closed: a new kind is a change of the engine. */
const Seen = z.union([
  /** Egress that the descriptor declares: any, or any that is not for figures of use alone. */
  z.strictObject({ egress: z.enum(['any', 'not-analytics']) }),
  z.strictObject({ hosting: z.array(z.enum(['remote', 'platform', 'mixed', 'static'])).min(1) }),
  z.strictObject({ check: Id, outcome: z.enum(['pass', 'fail']) }),
  /** What the partner says elsewhere: this answer, or without `is` any other than the one at hand. */
  z.strictObject({ answer: z.strictObject({ form: Id, field: z.string(), is: z.union([z.string(), z.boolean()]).optional() }) }),
  /** Hosts of declared egress that are neither the app's own nor named in this list of records. */
  z.strictObject({ recipients: z.strictObject({ named_in: z.string(), part: z.string() }) }),
  /** No certificate is recorded that holds today. */
  z.strictObject({ certificates: z.literal('none') }),
])

/** An answer that what was seen contradicts, and the answer that it bears out. */
const AnswerRule = z.strictObject({
  id: Id,
  form: Id,
  field: z.string(),
  /** The answer that is contradicted; `any` for every answer. */
  says: z.union([z.boolean(), z.string(), z.strictObject({ any: z.literal(true) })]),
  /** The answer that is borne out when the same was seen. */
  agrees: z.union([z.boolean(), z.string()]).optional(),
  seen: Seen,
  /** What the partner reads beside the answer. */
  tells: z.string().min(1),
})

/** Policies: the numbers behind clocks. A policy changes by a second file with the same id and a later `since`. */
export const Policy = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('fix-windows'),
    ...PolicyHead,
    /** Allowance from report (or the end of triage) by severity; severities by CVSS score from `from_score` up. */
    windows: z
      .array(z.strictObject({ severity: z.enum(['critical', 'high', 'medium', 'low']), from_score: z.number(), fix_within: Span }))
      .min(1),
    bounty_triage: Span.optional(),
    hosting: z.enum(['cloud', 'data-center']),
  }),
  z.strictObject({
    kind: z.literal('support'),
    ...PolicyHead,
    severities: z.array(z.string()).min(1),
    first_response: Span,
    weekdays: z.array(z.int().gte(1).lte(7)).min(1),
    zone: z.enum(['partner', 'programme']),
    excludes_holidays: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('incidents'),
    ...PolicyHead,
    acknowledge_within: Span,
    post_incident_review_within: Span,
    action_item_priorities: z.array(z.strictObject({ priority: z.string(), done_within: Span })),
    severities: z.array(z.strictObject({ id: z.string(), says: z.string() })),
  }),
  z.strictObject({
    kind: z.literal('annual-review'),
    ...PolicyHead,
    /** When in the month of first approval. */
    starts: z.enum(['last-week-of-approval-month']),
    notice: Span,
    cure: Span,
    checks: z.array(Id).min(1),
  }),
  z.strictObject({
    kind: z.literal('enforcement'),
    ...PolicyHead,
    /** Steps against a badge, from the day that grace ran out; and against a listing without a badge: none where no tier binds every app. */
    badge: z.strictObject({ revoke_after_suspension: Span, at_risk_notice: z.boolean() }),
    listing: z.array(z.strictObject({ step: z.enum(['warned', 'hidden', 'paused']), after: Span })),
    /** How long "we could not look, and it is their doing" lasts before it counts as unmet. */
    withheld_becomes_unmet_after: Span,
  }),
  z.strictObject({
    kind: z.literal('significant-change'),
    ...PolicyHead,
    /** The form by which changes are declared: its yes-or-no field, its field of records, and the part of a record that names the kind. */
    form: z.strictObject({ id: Id, any_change: z.string().min(1), changes: z.string().min(1), kind: z.string().min(1) }),
    kinds: z
      .array(
        z.strictObject({
          id: Id,
          title: z.string(),
          examples: z.array(z.string()).min(1),
          requirements: z.array(Id),
          /** Sides of an app's descriptor by which such a change is seen: a declaration that does not name it is asked about. */
          shows_in: z.array(z.enum(['platform', 'hosting', 'base_urls', 'scopes', 'egress'])).optional(),
        }),
      )
      .min(1),
  }),
  z.strictObject({
    kind: z.literal('review'),
    ...PolicyHead,
    /** Requirements that nothing may be wrong with before a partner can apply for a badge. */
    eligibility: z.array(Id).min(1),
    /** Parts of an application that are tracked apart: whole pillars, or single requirements. */
    components: z
      .array(
        z.strictObject({
          id: Id,
          title: z.string().min(1),
          says: z.string().min(1),
          pillars: z.array(Id).optional(),
          requirements: z.array(Id).optional(),
          /** Tests that the operator arranges; one that is passed may confirm a record. */
          runs: z
            .array(
              z.strictObject({
                id: Id,
                title: z.string().min(1),
                says: z.string().min(1),
                confirms: z.strictObject({ kind: Id, state: Id }).optional(),
              }),
            )
            .optional(),
          /** How long the part has to stay in order after it was looked at, before reviewers decide. */
          soak: Span.optional(),
        }),
      )
      .min(1),
    /** How long each step may take whoever's turn it is; on some weekdays only, or on all days. */
    clocks: z.strictObject({ triage: TurnClock, changes: TurnClock, verification: TurnClock, review: TurnClock }),
    /** An application whose partner stays silent for so long after that ends by itself. */
    lapses_after: Span,
    /** After a refusal, how long until the same badge can be applied for again. */
    reapply_after: Span.optional(),
    /** Ties that keep a reviewer out of a case. */
    recusal: z.array(z.strictObject({ id: Id, says: z.string().min(1) })).min(1),
  }),
  z.strictObject({
    kind: z.literal('due-process'),
    ...PolicyHead,
    /** Doubts about whether an app keeps the rules, whoever raises them. */
    concerns: z.strictObject({
      /** How long each step may take. When the partner’s time for an answer is over, it is decided without one. */
      clocks: z.strictObject({ triage: TurnClock, answer: TurnClock, decision: TurnClock, check: TurnClock }),
      /** Why a concern may be put aside without being looked into. */
      dismissals: z.array(z.strictObject({ id: Id, says: z.string().min(1) })).min(1),
      /** What people who are not of the operator may send: in a day about one app, in a day in all, and words added to one concern. */
      intake: z.strictObject({ app_a_day: z.int().gte(1), all_a_day: z.int().gte(1), additions: z.int().gte(0) }),
      /** How long the private address works by which whoever raised a concern follows it. */
      follow_up_for: Span,
      /** What everybody learns of a concern that is being looked into and not decided. */
      open_ones: z.enum(['counted', 'unseen']),
    }),
    appeals: z.strictObject({
      /** How long after a decision it may be appealed. */
      within: Span,
      decision: TurnClock,
      open_ones: z.enum(['counted', 'unseen']),
    }),
    /** Whether somebody who took part may decide where the operator has nobody else; it is then said publicly. */
    alone: z.enum(['allowed', 'refused']),
    /** Ties that keep a reviewer out of a case. */
    recusal: z.array(z.strictObject({ id: Id, says: z.string().min(1) })).min(1),
  }),
  z.strictObject({
    kind: z.literal('attribution'),
    ...PolicyHead,
    /** Planned downtime that counts against nobody: how long before it is said, how much of it, and how far ahead it may be planned. */
    maintenance: z.strictObject({ notice: Span, most: z.number().gt(0).lt(1), per: Span, ahead: Span }),
    /** Whose doing an outage can be. One that is `counted` stays in the figure and is only explained. */
    causes: z.array(z.strictObject({ id: Id, says: z.string().min(1), counted: z.boolean() })).min(1),
    /** How long after an outage it may be attributed. */
    within: Span,
    /** How long after an entry was declined its author may have somebody else look at it. */
    contest_within: Span,
  }),
  z.strictObject({
    kind: z.literal('probing'),
    ...PolicyHead,
    /** What makes the answer of a health endpoint good: one of these statuses, whole within this span. */
    statuses: z.array(z.int().gte(100).lte(599)).min(1),
    within: Span,
    follow_redirects: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('answers-seen'),
    ...PolicyHead,
    /** The partner's own time with a contradiction, before anything else follows from it. */
    settle_within: Span,
    /** What is left when that time is over: the record and its state, as requirements name them. */
    record: Id,
    state: Id,
    rules: z.array(AnswerRule).min(1),
  }),
  z.strictObject({
    kind: z.literal('listing-documents'),
    ...PolicyHead,
    /** How often each document is read again. */
    read_every: Span,
    /** How long its address may fail before that counts. */
    dead_after: Span,
    documents: z
      .array(
        z.strictObject({
          /** The record that a confirmed document is, and its state, as requirements name them. */
          record: Id,
          state: Id,
          title: z.string().min(1),
          /** What it has to say, and words by which a machine finds it. Whether it says so is a person's to confirm. */
          says: z.array(z.strictObject({ id: Id, about: z.string().min(1), words: z.array(z.string().min(2)).min(1) })),
        }),
      )
      .min(1),
  }),
  z.strictObject({
    kind: z.literal('go-to-market'),
    ...PolicyHead,
    /** When an edition of the list for field teams is cut: each so many days, weeks or months from `since`, or on a day of the week (1 is Monday) or of the month. */
    cut: z.union([
      z.strictObject({
        every: z.string().regex(/^P(?!$)(?=.*[1-9])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/, 'write a span of whole days like P1W or P1M'),
      }),
      z.strictObject({ weekday: z.int().gte(1).lte(7) }),
      z.strictObject({ day_of_month: z.union([z.int().gte(1).lte(28), z.literal('last')]) }),
    ]),
  }),
  z.strictObject({
    kind: z.literal('questionnaire'),
    ...PolicyHead,
    /** Whose questions these are; only their ids are theirs, the wording here is the pack's own. */
    whose: z.string().min(1),
    rows: z
      .array(
        z.strictObject({
          id: z.string().min(1).max(40),
          about: z.string().min(1),
          /** Answers of forms that stand for it, the first that is there; none when no question of the programme does. */
          from: z.array(
            z.strictObject({
              form: Id,
              field: z.string(),
              /** What an answer means here where it does not mean itself; with it, other answers of the field mean nothing. */
              as: z.record(z.string(), z.enum(['yes', 'no', 'na'])).optional(),
            }),
          ),
        }),
      )
      .min(1),
  }),
])

/** What goes with an answer: the columns of a `records` answer, or a detail beside any other. Kept under `{field}.{part}`. */
const Part = z.strictObject({
  id: z.string().min(1),
  ask: z.string().min(1),
  answer: z.enum(['yes-no', 'text', 'list', 'number', 'url', 'countries', 'date', 'choice']),
  choices: z.array(z.string()).optional(),
  required: z.boolean(),
  /** Asked only when the field has this answer. */
  when_answered: z.union([z.string(), z.boolean()]).optional(),
})

const Field = z.strictObject({
  id: z.string().min(1),
  ask: z.string().min(1),
  why: z.string().optional(),
  shown: z.enum(['public', 'partner', 'operator']),
  answer: z.enum([
    'yes-no',
    'text',
    'rich-text',
    'list',
    'number',
    'choice',
    'email',
    'url',
    'countries',
    'date',
    'number-range',
    'records',
  ]),
  choices: z.array(z.string()).optional(),
  parts: z.array(Part).min(1).optional(),
  required: z.boolean(),
  /** Asked only when another field has this answer. */
  when: z.strictObject({ field: z.string(), is: z.union([z.string(), z.boolean()]) }).optional(),
  /** Automatic result of an answer: an answer may warn or block. */
  scoring: z
    .array(z.strictObject({ answer: z.union([z.string(), z.boolean()]), result: z.enum(['info', 'warning', 'fail']), says: z.string() }))
    .optional(),
  cites: z.array(Citation).optional(),
})

export const Form = z.strictObject({
  id: Id,
  title: z.string().min(1),
  since: Day,
  retired: Day.optional(),
  valid_for: Span.optional(),
  /** Whose answers: each app's, or the partner's once for all its apps. Absent: each app's, over whatever the partner answers for all. */
  asked_of: z.enum(['app', 'partner']).optional(),
  /** What was published waits for a person: approved for a while, or returned with reasons. */
  review: z
    .strictObject({
      reviewer: z.enum(['operator', 'uninvolved-operator']),
      valid_for: Span,
      /** How long before its end the partner is reminded. */
      remind_before: z.array(Span),
      /** The record that an approval leaves, and its state, as requirements name them. */
      record: Id,
      state: Id,
    })
    .optional(),
  cites: z.array(Citation).min(1),
  groups: z.array(z.strictObject({ id: Id, title: z.string().min(1), fields: z.array(Field).min(1) })).min(1),
})

export type Citation = z.infer<typeof Citation>
export type Requirement = z.infer<typeof Requirement>
export type Tier = z.infer<typeof Tier>
export type Programme = z.infer<typeof Programme>
export type Policy = z.infer<typeof Policy>
export type Form = z.infer<typeof Form>
export type Questionnaire = Extract<Policy, { kind: 'questionnaire' }>
export type ListingDocuments = Extract<Policy, { kind: 'listing-documents' }>
export type GoToMarket = Extract<Policy, { kind: 'go-to-market' }>
export type AnswersSeen = Extract<Policy, { kind: 'answers-seen' }>

/** A requirement as it reads under one version of the programme: revisions folded in. */
export type RequirementInForce = Omit<Requirement, 'revisions'>

/** A programme at one version: frozen, hashed, ready to judge by. */
export type Catalogue = {
  readonly programme: Programme
  readonly version: string
  /** SHA-256 of the canonical form of all that follows. */
  readonly digest: `sha256:${string}`
  readonly requirements: readonly RequirementInForce[]
  readonly policies: readonly Policy[]
  readonly forms: readonly Form[]
}

import type { Catalogue, Form, GoToMarket, MetWhen, Policy, RequirementInForce } from '../programmes/schema.ts'
import { CHECKS } from '../scanning/checks/index.ts'
import { counted, durationInWords, idInWords, listInWords, targetInWords } from './words.ts'

/** What the rule of a requirement leans on, spelled out: the check's own claim, the form's questions, the deadlines of a policy, and what follows from a breach. */
export type Behind = {
  readonly kind: 'check' | 'form' | 'policy' | 'attestation'
  readonly id: string
  readonly title: string
  readonly says: readonly string[]
}

/** Everything behind a requirement under one version, each once. */
export function behindOf(catalogue: Catalogue, { id, met_when }: RequirementInForce): readonly Behind[] {
  const found = met_when === undefined ? [] : partsOf(met_when).flatMap((part) => behindPart(catalogue, id, part))
  return found.filter((one, at) => found.findIndex((other) => other.kind === one.kind && other.id === one.id) === at)
}

function partsOf(rule: MetWhen): readonly MetWhen[] {
  if ('all_of' in rule) return rule.all_of.flatMap(partsOf)
  if ('any_of' in rule) return rule.any_of.flatMap(partsOf)
  if ('first_of' in rule) return rule.first_of.flatMap(partsOf)
  return [rule]
}

function behindPart(catalogue: Catalogue, requirement: string, rule: MetWhen): readonly Behind[] {
  if ('check' in rule) {
    const check = CHECKS.find(({ id }) => id === rule.check)
    return check === undefined ? [] : [{ kind: 'check', id: check.id, title: check.title.pass, says: [RISK[check.risk], check.fix] }]
  }
  if ('form' in rule) return catalogue.forms.filter(({ id }) => id === rule.form.form).map(ofForm)
  if ('clocks' in rule) return catalogue.policies.filter(({ id }) => id === rule.clocks.policy).map(ofPolicy)
  if ('attestation' in rule) {
    const { evidence, expires_after } = rule.attestation
    const says = [
      `Brought: ${listInWords(evidence)}.`,
      `Accepted for ${durationInWords(expires_after)}; whoever brought it is told before that is over.`,
    ]
    return [{ kind: 'attestation', id: requirement, title: 'Evidence that the partner brings', says }]
  }
  return []
}

/** What the scanner does for it, so that nobody is surprised by what their logs show. */
const RISK = {
  passive: 'Seen from outside, by requests that any visitor sends; needs nobody’s consent.',
  read: 'Reads what lies behind addresses of the app, once control of its domain is proven.',
  handshake: 'Calls the app as its host product would, once control of its domain is proven.',
  'write-own-tenant': 'Works in a tenant of the scanner’s own, once control of the domain is proven, and takes it away again.',
} as const satisfies Record<(typeof CHECKS)[number]['risk'], string>

function ofForm({ id, title, groups, valid_for, review, asked_of }: Form): Behind {
  const fields = groups.flatMap((group) => group.fields)
  const open = fields.filter(({ shown }) => shown === 'public').length
  return {
    kind: 'form',
    id,
    title,
    says: [
      `${counted(fields.length, 'question')} in ${counted(groups.length, 'part')}: ${listInWords(groups.map((group) => group.title))}. ${counted(open, 'answer')} ${open === 1 ? 'is' : 'are'} shown to everybody.`,
      ...(asked_of === 'partner' ? ['Answered once for all apps of the partner.'] : []),
      ...(valid_for === undefined ? [] : [`The answers hold for ${durationInWords(valid_for)}.`]),
      ...(review === undefined
        ? []
        : [`A person of the operator reads it and approves it for ${durationInWords(review.valid_for)}, or returns it with reasons.`]),
    ],
  }
}

function ofPolicy(policy: Policy): Behind {
  const { id, title } = policy
  return { kind: 'policy', id, title, says: policyInWords(policy) }
}

/** The numbers of a policy, as sentences. */
export function policyInWords(policy: Policy): readonly string[] {
  switch (policy.kind) {
    case 'fix-windows':
      return [
        ...policy.windows.map(
          ({ severity, from_score, fix_within }) =>
            `${idInWords(severity)}, from a score of ${from_score}: fixed within ${durationInWords(fix_within)}.`,
        ),
        ...(policy.bounty_triage === undefined
          ? []
          : [`Reports of a bug bounty are sorted within ${durationInWords(policy.bounty_triage)}.`]),
      ]
    case 'support':
      return [
        `First answer to ${listInWords(policy.severities)} within ${durationInWords(policy.first_response)}, counting ${counted(policy.weekdays.length, 'day')} of the week${policy.excludes_holidays ? ' and no holidays' : ''}, in the ${policy.zone}’s time zone.`,
      ]
    case 'incidents':
      return [
        `Acknowledged within ${durationInWords(policy.acknowledge_within)}; looked back on within ${durationInWords(policy.post_incident_review_within)}.`,
        ...policy.action_item_priorities.map(
          ({ priority, done_within }) => `Actions of priority ${priority} are done within ${durationInWords(done_within)}.`,
        ),
      ]
    case 'annual-review':
      return [
        `In the last week of the month of approval, with notice ${durationInWords(policy.notice)} ahead and ${durationInWords(policy.cure)} to put things right.`,
      ]
    case 'enforcement':
      return [
        `A badge whose time to put things right is over is suspended, and revoked ${durationInWords(policy.badge.revoke_after_suspension)} later.`,
        ...policy.listing.map(
          ({ step, after }) => `Without a badge: ${LISTING_STEP[step]} ${durationInWords(after)} after the time to put it right.`,
        ),
        `What the partner keeps from being seen counts as not met after ${durationInWords(policy.withheld_becomes_unmet_after)}.`,
      ]
    case 'significant-change':
      return [`${counted(policy.kinds.length, 'kind')} of change: ${listInWords(policy.kinds.map(({ title }) => title))}.`]
    case 'probing':
      return [`Good is an answer of ${listInWords(policy.statuses.map(String))} within ${durationInWords(policy.within)}.`]
    case 'attribution': {
      const { notice, most, per } = policy.maintenance
      const causes = policy.causes.filter(({ counted: stays }) => !stays).map(({ says: words }) => words)
      return [
        `Downtime that is planned and said ${durationInWords(notice)} ahead is taken out, up to ${targetInWords(most)} of ${durationInWords(per)}.`,
        `Taken out when two people agree, said within ${durationInWords(policy.within)}: ${causes.map((words) => words.charAt(0).toLowerCase() + words.slice(1)).join('; ')}.`,
        'The figure as it was seen stands beside it, and each entry is public.',
      ]
    }
    case 'answers-seen':
      return [
        `Answers are held against ${counted(policy.rules.length, 'thing')} that can be seen; the partner has ${durationInWords(policy.settle_within)} to settle a difference.`,
      ]
    case 'listing-documents':
      return [
        `Read every ${durationInWords(policy.read_every)}; an address that fails for ${durationInWords(policy.dead_after)} counts as gone.`,
      ]
    case 'go-to-market':
      return [`The list for field teams has an edition ${rhythmInWords(policy.cut)}.`]
    case 'questionnaire':
      return [`${counted(policy.rows.length, 'question')} of ${policy.whose}, answered from forms of this programme.`]
    case 'due-process':
      return dueProcessInWords(policy)
    case 'review':
      return [`An application whose partner stays silent for ${durationInWords(policy.lapses_after)} ends by itself.`]
  }
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

function rhythmInWords(cut: GoToMarket['cut']): string {
  if ('weekday' in cut) return `each ${WEEKDAYS[cut.weekday - 1] ?? 'week'}`
  if ('day_of_month' in cut)
    return cut.day_of_month === 'last' ? 'on the last day of each month' : `on day ${cut.day_of_month} of each month`
  return `every ${durationInWords(cut.every)}`
}

const LISTING_STEP = { warned: 'the listing is warned', hidden: 'hidden', paused: 'paused' } as const

/** What follows when a requirement is not met, step by step, for those who hold a badge and for those who are only listed. */
export function consequencesOf(catalogue: Catalogue, requirement: RequirementInForce): readonly string[] {
  if (requirement.advisory === true) return ['Nothing: it is a recommendation, shown and never counted.']
  const ladder = catalogue.policies.find((policy) => policy.kind === 'enforcement')
  const base = catalogue.programme.tiers.some(({ id, kind }) => kind === 'base' && requirement.tiers.includes(id))
  return [
    ...(requirement.soak === undefined ? [] : [`For a first badge it has to have been met for ${durationInWords(requirement.soak)}.`]),
    requirement.grace === 'P0D'
      ? 'A badge that asks for it is suspended at once.'
      : `A badge that asks for it is at risk for ${durationInWords(requirement.grace)}, and suspended when it is still not met then.`,
    ...(ladder?.kind === 'enforcement' ? [`It is revoked ${durationInWords(ladder.badge.revoke_after_suspension)} after that.`] : []),
    ...(ladder?.kind === 'enforcement' && base
      ? ladder.listing.map(({ step, after }) => `A listing without a badge is ${step} ${durationInWords(after)} after that time.`)
      : []),
  ]
}

function dueProcessInWords({ concerns, appeals, alone }: Extract<Policy, { readonly kind: 'due-process' }>): readonly string[] {
  const { triage, answer, decision, check } = concerns.clocks
  const days = ({ within, weekdays }: typeof triage): string =>
    `${durationInWords(within)}${weekdays === undefined ? '' : `, counting ${counted(weekdays.length, 'day')} of the week`}`
  return [
    `A concern is sorted within ${days(triage)}; the partner answers within ${days(answer)}; it is decided within ${days(decision)}; a remedy is looked at within ${days(check)}.`,
    `A decision can be appealed for ${durationInWords(appeals.within)}, and the appeal is decided within ${days(appeals.decision)}.`,
    alone === 'allowed'
      ? 'Somebody decides who had no part in it. Where the operator has nobody else, one who had decides, and that is said.'
      : 'Somebody decides who had no part in it.',
  ]
}

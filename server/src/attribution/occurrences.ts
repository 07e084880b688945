import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import { Refused } from '../kernel/refused.ts'
import { instant, MINUTE_MS, ms, type Instant } from '../kernel/time.ts'
import type { Occurrence } from './events.ts'

/** More of one entry are another plan. */
const MOST_OCCURRENCES = 400
const LONGEST_RULE = 300
/** Parts of RFC 5545 that a maintenance needs. What counts by the second, or sets positions among many, is refused before any library sees it. */
const RULE = /^FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;(?:INTERVAL|COUNT|UNTIL|BYDAY|BYMONTH|BYMONTHDAY|WKST)=[A-Z0-9,+-]{1,60}){0,7}$/

/**
 * The times of an entry: one, or those of a rule of RFC 5545 in the zone in which its people live, so that two in the morning
 * stays two in the morning when clocks change. Whole minutes only.
 */
export function occurrencesOf(
  given: { readonly from: Instant; readonly to: Instant; readonly rule: string | null; readonly zone: string },
  until: Instant,
): readonly Occurrence[] {
  const { from, to, rule, zone } = given
  if (ms(from) % MINUTE_MS !== 0) throw new Refused('attribution.no_minute', 'It begins with a whole minute.', 'from')
  if (ms(to) % MINUTE_MS !== 0) throw new Refused('attribution.no_minute', 'It ends with a whole minute.', 'to')
  if (to <= from) throw new Refused('attribution.no_time', 'It ends before it begins.', 'to')
  if (rule === null) return [{ from, to }]
  if (rule.length > LONGEST_RULE || !RULE.test(rule)) {
    throw new Refused(
      'attribution.no_rule',
      'Write the rule as in RFC 5545, such as FREQ=WEEKLY;BYDAY=SU;COUNT=8. Days, weeks, months and years recur here.',
      'rule',
    )
  }
  const length = ms(to) - ms(from)
  const found = timesOf(from, rule, zone, until)
  if (found.length > MOST_OCCURRENCES) {
    throw new Refused('attribution.too_many', `More than ${MOST_OCCURRENCES} times; give the rule an end.`, 'rule')
  }
  return found.map((begins) => ({ from: instant(begins), to: instant(begins + length) }))
}

function timesOf(from: Instant, rule: string, zone: string, until: Instant): readonly number[] {
  try {
    const start = Temporal.Instant.from(from).toZonedDateTimeISO(zone)
    const local = start.toPlainDateTime().toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')
    const rrule = new RRuleTemporal({ rruleString: `DTSTART;TZID=${zone}:${local}\nRRULE:${rule}`, maxIterations: 2_000 })
    return rrule.between(new Date(ms(from)), new Date(ms(until)), true).map(({ epochMilliseconds }) => epochMilliseconds)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new Refused('attribution.no_rule', `This rule and zone cannot be read: ${error.message.slice(0, 200)}`, 'rule')
  }
}

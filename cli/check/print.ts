import type { Checked, CheckedFinding, CheckedRequirement } from './verdicts.ts'

/** Text for a person at a terminal. What an app wrote may stand in it, so nothing that steers a terminal gets through. */
export function textOf(checked: Checked, all: boolean): string {
  const shown = checked.requirements.filter((one) => one.in_scope || all)
  const left = checked.requirements.length - shown.length
  const counted = checked.requirements.filter((one) => one.counts)
  const words = (word: string): number => counted.filter((one) => one.verdict === word).length
  const name = checked.app.name ?? checked.app.key ?? 'This app'
  const lines = [
    `${name}${checked.app.key === null || checked.app.key === name ? '' : ` (${checked.app.key})`}`,
    `${checked.programme.id} ${checked.programme.version}${checked.tier === null ? '' : `, tier ${checked.tier}`}, as of ${checked.as_of}`,
    ...(checked.consent
      ? []
      : ['Control of the domain is not proven, so only what is public was looked at: see --proof and --allow-target.']),
    ...(checked.test_targets.length === 0 ? [] : [`Test targets that were allowed: ${checked.test_targets.join(', ')}`]),
    '',
    ...ORDER.flatMap((verdict) => shown.filter((one) => one.verdict === verdict).flatMap((one) => requirementLines(one, checked.findings))),
    `${words('unmet')} unmet, ${words('unknown')} unknown, ${counted.length - words('unmet') - words('unknown')} in order, of ${counted.length} that count.`,
    ...(left === 0 ? [] : [`${left} more need forms, records, weeks of probes or a person; --all shows and counts them.`]),
  ]
  return `${lines.map(harmless).join('\n')}\n`
}

/** What stands in the way comes first. */
const ORDER: readonly CheckedRequirement['verdict'][] = ['unmet', 'unknown', 'upcoming', 'waived', 'met', 'not_applicable', 'retired']

function requirementLines(one: CheckedRequirement, findings: readonly CheckedFinding[]): readonly string[] {
  const head = `${one.verdict.replace('_', ' ').toUpperCase().padEnd(14)} ${(one.cites_no ?? '').padEnd(6)} ${one.title}  [${one.id}]`
  if (one.verdict !== 'unmet' && one.verdict !== 'unknown') return [head]
  const about = findings.filter((finding) => one.checks.includes(finding.check) && SPEAKS.has(finding.outcome))
  const told = new Set<string>()
  const details = about.flatMap((finding) => {
    const line = `${finding.says}${finding.cvss === null ? '' : ` (CVSS ${finding.cvss.toFixed(1)})`}`
    if (told.has(line)) return []
    told.add(line)
    return [`${INDENT}- ${line}`]
  })
  const fixes = [...new Set(about.flatMap((finding) => finding.fix ?? []))]
  return [
    head,
    ...(details.length === 0 ? [`${INDENT}${one.says}`] : details.slice(0, MOST_DETAILS)),
    ...(details.length > MOST_DETAILS ? [`${INDENT}- and ${details.length - MOST_DETAILS} more; --json has them all.`] : []),
    `${INDENT}What to do: ${fixes.length > 0 ? fixes.join(' ') : one.change}`,
    '',
  ]
}

const SPEAKS = new Set(['fail', 'review', 'inconclusive'])
const INDENT = ' '.repeat(15)
const MOST_DETAILS = 10

/** Without control characters and the marks that turn the direction of writing: a name must not draw on the reader's terminal. */
export const harmless = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')

/** JUnit XML: a test for each requirement that counts, failed when unmet, in error when nobody could tell. */
export function junitOf(checked: Checked): string {
  const counted = checked.requirements.filter((one) => one.counts)
  const of = (word: string): number => counted.filter((one) => one.verdict === word).length
  const skipped = counted.filter((one) => SKIPPED.has(one.verdict)).length
  const cases = counted.map((one) => {
    const open = `<testcase classname="${xml(one.pillar)}" name="${xml(`${one.cites_no === null ? '' : `${one.cites_no} `}${one.title}`)}"`
    if (one.verdict === 'unmet') return `    ${open}><failure message="${xml(one.says)}">${xml(one.change)}</failure></testcase>`
    if (one.verdict === 'unknown') return `    ${open}><error message="${xml(one.says)}">${xml(one.change)}</error></testcase>`
    return SKIPPED.has(one.verdict) ? `    ${open}><skipped message="${xml(one.says)}"/></testcase>` : `    ${open}/>`
  })
  const counts = `tests="${counted.length}" failures="${of('unmet')}" errors="${of('unknown')}" skipped="${skipped}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${xml(`${checked.programme.id} ${checked.programme.version}`)}" timestamp="${checked.as_of}" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const SKIPPED = new Set(['not_applicable', 'upcoming', 'retired', 'waived'])

const xml = (text: string): string =>
  harmless(text.toWellFormed()).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

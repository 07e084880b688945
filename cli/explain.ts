import { Command } from 'commander'
import type { Explanation } from '../server/src/publishing/explain.ts'
import { askServer } from './control.ts'

/** `castellan explain`: the road from a verdict back to its evidence. */
export const explainCommand = (): Command =>
  new Command('explain')
    .description('prints why an app stands as it does, back to the evidence; without a requirement, everything that is not simply met')
    .argument('<app>', 'its id, as in the directory')
    .argument('[requirement]', 'id of a requirement, such as reliability.availability')
    .option('--json', 'prints one list')
    .action(async (app: string, requirement: string | undefined, options: { readonly json?: true }) => {
      const query = requirement === undefined ? '' : `&requirement=${encodeURIComponent(requirement)}`
      const { explanations } = await askServer<{ readonly explanations: readonly Explanation[] }>(
        `/control/explain?app=${encodeURIComponent(app)}${query}`,
      )
      process.stdout.write(options.json === true ? `${JSON.stringify(explanations, null, 2)}\n` : explanations.map(inWords).join('\n'))
    })

function inWords({ app, programme, as_of, badges, listing, requirements }: Explanation): string {
  const lines = [`${app} in ${programme.id} ${programme.version} (${programme.digest.slice(0, 19)}…), as of ${as_of}`]
  for (const badge of badges)
    lines.push(
      `  badge ${badge.tier}: ${badge.state.replace('_', ' ')} since ${badge.since}${badge.cure_until === null ? '' : `, to be cured until ${badge.cure_until}`}`,
    )
  if (listing !== 'listed') lines.push(`  listing: ${listing}`)
  if (requirements.length === 0) lines.push('  Everything that is asked of it is met.')
  for (const one of requirements) {
    lines.push('', `${one.verdict.toUpperCase().replace('_', ' ')}  ${one.requirement}`, `  ${one.title}`, `  ${one.says}`)
    if (one.verdict !== 'met') lines.push(`  What would change it: ${one.change}`)
    lines.push(
      `  Since ${one.since}${one.due_at === null ? '' : `; next deadline ${one.due_at}`}${one.observed_at === null ? '' : `; last seen ${one.observed_at}`}`,
    )
    for (const cite of one.cites) lines.push(`  Source: ${cite}`)
    for (const evidence of one.evidence) lines.push(`  Evidence: ${evidence}`)
    for (const [place, step] of one.road.entries())
      lines.push(`  ${place === 0 ? 'Told by' : 'because'} #${step.seq} ${step.at} ${step.type} by ${step.by} (${step.hash.slice(0, 19)}…)`)
    if (one.cut) lines.push('  The road goes on where you may not look.')
  }
  return `${lines.join('\n')}\n`
}

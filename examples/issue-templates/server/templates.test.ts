import { describe, expect, it } from 'vitest'
import { LAUNCH } from './launch.ts'
import { filledIn, mistakesOf, type Template } from './templates.ts'

describe('filling a template in', () => {
  it('puts answers into summaries and descriptions, with defaults where nothing is said', () => {
    expect(filledIn(LAUNCH, { customer: ' Acme ', region: '  ' })).toEqual({
      issues: [
        { ref: 'design', summary: 'Design for Acme', description: 'EU: ', type: 'Task', labels: ['launch'] },
        { ref: 'build', summary: 'Build for Acme', description: '', type: 'Story', labels: [] },
      ],
      links: [{ from: 'design', to: 'build', type: 'Blocks' }],
    })
  })

  it('keeps the links between the issues of a set: each end is an issue that comes out', () => {
    const made = filledIn(LAUNCH, { customer: 'Acme' })
    if ('mistakes' in made) throw new Error('not filled in')
    const refs = made.issues.map(({ ref }) => ref)
    for (const { from, to } of made.links) expect([refs.includes(from), refs.includes(to)]).toEqual([true, true])
  })

  it('creates nothing while a required answer is missing, and names it', () => {
    for (const answers of [{}, { customer: '' }, { customer: '   ' }, { region: 'US' }]) {
      expect(filledIn(LAUNCH, answers)).toEqual({ mistakes: [{ at: 'customer', says: 'Which customer? is needed.' }] })
    }
  })

  it('takes an answer as text: what looks like a variable or a replacement pattern stays as it is', () => {
    expect(filledIn(LAUNCH, { customer: '{{note}} $& $1 {{customer}}', note: 'secret' })).toMatchObject({
      issues: [{ summary: 'Design for {{note}} $& $1 {{customer}}' }, {}],
    })
  })

  it('takes nothing from an object’s own machinery', () => {
    const odd = { ...LAUNCH, variables: [{ name: 'constructor', ask: 'Who?', default: null, required: true }], issues: [] }
    expect(filledIn(odd, {})).toMatchObject({ mistakes: [{ at: 'constructor' }] })
  })
})

describe('a template is checked before it is kept', () => {
  it('a sound one has no mistakes', () => expect(mistakesOf(LAUNCH)).toEqual([]))

  const issue = LAUNCH.issues[0] as Template['issues'][number]
  const variable = LAUNCH.variables[0] as Template['variables'][number]
  it.each<[string, Partial<Template>, string]>([
    ['no name', { name: ' ' }, 'name'],
    ['too long a name', { name: 'x'.repeat(121) }, 'name'],
    ['no issue', { issues: [], links: [] }, 'issues'],
    ['too many issues', { issues: Array.from({ length: 101 }, (_, at) => ({ ...issue, ref: `r${at}` })), links: [] }, 'issues'],
    ['two issues of one name', { issues: [issue, issue], links: [] }, 'issues/1/ref'],
    ['an issue without a short name', { issues: [{ ...issue, ref: '' }], links: [] }, 'issues/0/ref'],
    ['an issue without a type', { issues: [{ ...issue, type: '' }], links: [] }, 'issues/0/type'],
    ['an issue without a summary', { issues: [{ ...issue, summary: '' }], links: [] }, 'issues/0/summary'],
    ['a text beyond all measure', { issues: [{ ...issue, description: 'x'.repeat(32_001) }], links: [] }, 'issues/0/description'],
    ['a variable that is not asked for', { issues: [{ ...issue, summary: '{{who}}' }], links: [] }, 'issues/0/summary'],
    ['two variables of one name', { variables: [...LAUNCH.variables, variable] }, 'variables'],
    ['a variable that no text could name', { variables: [...LAUNCH.variables, { ...variable, name: 'Big Name' }] }, 'variables/3/name'],
    ['a variable without a question', { variables: [...LAUNCH.variables, { ...variable, name: 'x', ask: '' }] }, 'variables/3/ask'],
    ['a link to nowhere', { links: [{ from: 'design', to: 'test', type: 'Blocks' }] }, 'links/0'],
    ['a link of an issue with itself', { links: [{ from: 'design', to: 'design', type: 'Blocks' }] }, 'links/0'],
    ['a link without a type', { links: [{ from: 'design', to: 'build', type: '' }] }, 'links/0/type'],
  ])('%s', (_, change, at) => expect(mistakesOf({ ...LAUNCH, ...change }).map((mistake) => mistake.at)).toEqual([at]))
})

import { says } from '../../../kernel/says.ts'
import { parseDocument } from 'yaml'
import { defineCheck } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass } from '../answers.ts'

/** Scripts run under the strict policy. */
export default defineCheck({
  id: 'forge-csp-strict',
  title: { pass: 'Scripts run under the strict policy', fail: 'The policy for scripts is loosened' },
  fix: 'Take `unsafe-*` and `blob:` out of `permissions.content.scripts`; put inline scripts into files.',
  needs: ['descriptor'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:L/I:L/A:N',
  messages: {
    'scanning.forge-csp-strict.strict': 'The policy for scripts is not loosened.',
    'scanning.forge-csp-strict.loose': 'The policy for scripts allows {word}.',
    'scanning.forge-csp-strict.unreadable': 'The manifest’s permissions could not be read.',
    'scanning.forge-csp-strict.other': 'Only Forge manifests carry this policy.',
  },
  judge: ({ descriptor: { description, text } }) => {
    if (description.platform !== 'forge') return [notApplicable('not_forge', says('scanning.forge-csp-strict.other'))]
    const scripts = scriptsOf(text)
    if (scripts === null)
      return [inconclusive('unreadable', 'theirs', says('scanning.forge-csp-strict.unreadable'), '/permissions/content')]
    const loose = scripts.filter((word) => /^'?(unsafe-(eval|inline|hashes)|blob:?|data:?|\*)'?$/i.test(word))
    return loose.length > 0
      ? loose.map((word) =>
          fail(says('scanning.forge-csp-strict.loose', { word }), '/permissions/content/scripts', `scripts ${word}`, { word }),
        )
      : [pass(says('scanning.forge-csp-strict.strict'), '/permissions/content/scripts', 'loose scripts')]
  },
})

/** A manifest without the entry loosens nothing; one that cannot be read is null. */
function scriptsOf(text: string): readonly string[] | null {
  const document = parseDocument(text, { schema: 'core', uniqueKeys: false })
  if (document.errors.length > 0) return null
  const manifest: unknown = document.toJS({ maxAliasCount: 50 })
  if (typeof manifest !== 'object' || manifest === null) return null
  const content = member(member(manifest, 'permissions'), 'content')
  const scripts = member(content, 'scripts')
  if (scripts === undefined) return []
  return Array.isArray(scripts) ? scripts.map(String) : null
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as { readonly [name: string]: unknown })[name] : undefined

import { says } from '../../../kernel/says.ts'
import { dayOf } from '../../../kernel/time.ts'
import { defineCheck, type Finding, type ScriptSeen } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass, review, unanswered } from '../answers.ts'

/** Pages use no library with a known hole. */
export default defineCheck({
  id: 'client-libraries-patched',
  title: { pass: 'Pages use no library with a known hole', fail: 'A page uses a library with a known hole' },
  fix: 'Update the library to the version that the advisory names, and let a tool watch your dependencies, also those that pages load from elsewhere.',
  needs: ['scripts'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N',
  messages: {
    'scanning.client-libraries-patched.hole': '{page} uses {library} {version}, which has {advisory} ({severity}; mended in {below}).',
    'scanning.client-libraries-patched.clean': '{scripts} scripts, {libraries} libraries recognised, nothing known against them on {day}.',
    'scanning.client-libraries-patched.no_advisories': 'No list of known holes is at hand, so {scripts} scripts were held against nothing.',
    'scanning.client-libraries-patched.error': '{where} answers {status}; nothing can be said.',
    'scanning.client-libraries-patched.no_scripts': 'The pages that were seen name no script.',
  },
  judge: ({ scripts }) => {
    const { seen, advisories, silent } = scripts
    if (seen.length + silent.length === 0) return [notApplicable('no_scripts', says('scanning.client-libraries-patched.no_scripts'))]
    if (advisories === null)
      return [
        inconclusive(
          'no_advisories',
          'ours',
          says('scanning.client-libraries-patched.no_advisories', { scripts: seen.length + silent.length }),
        ),
      ]
    const holes = seen.flatMap(holesIn)
    const unread = [
      ...seen.flatMap(({ url: where, status }) =>
        status !== null && status >= 300
          ? [inconclusive('unavailable', 'theirs', says('scanning.client-libraries-patched.error', { where, status }), where)]
          : [],
      ),
      ...unanswered(silent),
    ]
    if (holes.length + unread.length > 0) return [...holes, ...unread]
    const libraries = new Set(seen.flatMap((one) => one.libraries.map(({ library }) => library))).size
    const params = { scripts: seen.length, libraries, day: dayOf(advisories.as_of) }
    return [pass(says('scanning.client-libraries-patched.clean', params), seen[0]?.page ?? '', 'library', params)]
  },
})

function holesIn({ url: where, page, libraries }: ScriptSeen): readonly Finding[] {
  return libraries.flatMap(({ library, version, by, advisories }) =>
    advisories.map(({ id, severity, below }) => {
      const sentence = says('scanning.client-libraries-patched.hole', { page, library, version, advisory: id, severity, below })
      const proof = { library, version, advisory: id, severity, below, recognised_by: by }
      const defect = `${library} ${id}`
      return severity === 'high' || severity === 'critical'
        ? fail(sentence, where, defect, proof)
        : { ...review(sentence, where, defect, proof), reason: 'minor_hole' }
    }),
  )
}

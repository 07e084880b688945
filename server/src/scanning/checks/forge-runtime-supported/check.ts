import { says } from '../../../kernel/says.ts'
import { RUNTIMES } from './runtimes.ts'
import { defineCheck } from '../../check.ts'
import { fail, notApplicable, pass, review } from '../answers.ts'

/** The runtime is supported. */
export default defineCheck({
  id: 'forge-runtime-supported',
  title: { pass: 'The runtime is supported', fail: 'The runtime is out of support' },
  fix: 'Set `app.runtime.name` to a supported runtime and deploy again.',
  needs: ['descriptor'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N',
  messages: {
    'scanning.forge-runtime-supported.supported': '{runtime} was supported when this table was made ({as_of}).',
    'scanning.forge-runtime-supported.ended': '{runtime} is out of support.',
    'scanning.forge-runtime-supported.missing': 'The manifest has functions but names no runtime, which means one that is out of support.',
    'scanning.forge-runtime-supported.unknown': '{runtime} is not in our table of {as_of}; a person must look.',
    'scanning.forge-runtime-supported.no_function': 'The app has no functions and needs no runtime.',
    'scanning.forge-runtime-supported.other': 'Only Forge apps have a runtime of the platform.',
  },
  judge: ({ descriptor: { description, text } }) => {
    if (description.platform !== 'forge') return [notApplicable('not_forge', says('scanning.forge-runtime-supported.other'))]
    const where = '/app/runtime/name'
    const { runtime } = description
    if (runtime === null) {
      // Read from the text: a description does not list functions.
      return /^\s+function:\s*(#.*)?$/m.test(text)
        ? [fail(says('scanning.forge-runtime-supported.missing'), where, 'runtime missing')]
        : [notApplicable('no_function', says('scanning.forge-runtime-supported.no_function'))]
    }
    const params = { runtime, as_of: RUNTIMES.as_of }
    if (RUNTIMES.supported.includes(runtime))
      return [pass(says('scanning.forge-runtime-supported.supported', params), where, 'runtime', params)]
    if (RUNTIMES.ended.includes(runtime))
      return [fail(says('scanning.forge-runtime-supported.ended', params), where, 'runtime ended', params)]
    return [review(says('scanning.forge-runtime-supported.unknown', params), where, 'unknown_runtime', params)]
  },
})

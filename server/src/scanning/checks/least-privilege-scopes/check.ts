import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { notApplicable, pass, review } from '../answers.ts'

/** The app asks for no far-reaching scope. */
export default defineCheck({
  id: 'least-privilege-scopes',
  title: { pass: 'The app asks for no far-reaching scope', fail: 'The app asks for far-reaching scopes' },
  fix: 'Drop scopes that no feature needs; give a written reason for those that administer or impersonate.',
  needs: ['descriptor'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:N',
  messages: {
    'scanning.least-privilege-scopes.modest': 'None of the {count} scopes administers or impersonates.',
    'scanning.least-privilege-scopes.far': 'The scope {scope} reaches far; a person must look at its reason.',
    'scanning.least-privilege-scopes.impersonates':
      'Under {scope} the app may act as a user who is absent; a person must look at its reason.',
    'scanning.least-privilege-scopes.none': 'The app asks for no scopes.',
  },
  judge: ({ descriptor: { description } }) => {
    if (description.scopes.length === 0) return [notApplicable('no_scopes', says('scanning.least-privilege-scopes.none'))]
    const far = description.scopes.filter((scope) => FAR_REACHING.test(scope))
    const impersonated = description.impersonated_scopes ?? []
    const found = [
      ...far.map((scope) => review(says('scanning.least-privilege-scopes.far', { scope }), scope, 'far_reaching_scope', { scope })),
      ...impersonated.map((scope) =>
        review(says('scanning.least-privilege-scopes.impersonates', { scope }), scope, 'impersonation', { scope }),
      ),
    ]
    return found.length > 0
      ? found
      : [pass(says('scanning.least-privilege-scopes.modest', { count: description.scopes.length }), '/scopes', 'far-reaching scope')]
  },
})

const FAR_REACHING = /^(admin|.*[_-]admin|act_as_user|manage:.*|admin:.*|.*:admin.*)$/i

import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass, review } from '../answers.ts'

/** The descriptor asks for signed calls. */
export default defineCheck({
  id: 'connect-authentication-jwt',
  title: { pass: 'The descriptor asks for signed calls', fail: 'The descriptor declares no authentication' },
  fix: 'Declare `"authentication": { "type": "jwt" }` and verify the token on the server.',
  needs: ['descriptor'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N',
  messages: {
    'scanning.connect-authentication-jwt.jwt': 'The descriptor declares JWT authentication.',
    'scanning.connect-authentication-jwt.none': 'The descriptor declares no authentication, and the app has {rights}.',
    'scanning.connect-authentication-jwt.static':
      'The descriptor declares no authentication; the app has no rights, a person must look whether it is static.',
    'scanning.connect-authentication-jwt.platform': 'The platform authenticates calls to this app.',
    'scanning.connect-authentication-jwt.unknown': 'The descriptor does not say how calls are authenticated.',
  },
  judge: ({ descriptor: { description } }) => {
    const where = '/authentication'
    const proof = { authentication: description.authentication, scopes: description.scopes.length }
    if (description.authentication === 'jwt') return [pass(says('scanning.connect-authentication-jwt.jwt'), where, 'authentication', proof)]
    if (description.platform !== 'connect') {
      return description.authentication === 'platform'
        ? [notApplicable('platform_authenticates', says('scanning.connect-authentication-jwt.platform'))]
        : [inconclusive('not_supplied', 'theirs', says('scanning.connect-authentication-jwt.unknown'), where)]
    }
    const kinds = new Set(description.endpoints.map((endpoint) => endpoint.kind))
    const rights = [
      description.scopes.length > 0 ? 'scopes' : '',
      kinds.has('webhook') ? 'webhooks' : '',
      kinds.has('install') || kinds.has('uninstall') || kinds.has('enable') || kinds.has('disable') ? 'lifecycle hooks' : '',
    ].filter((right) => right !== '')
    return rights.length > 0
      ? [fail(says('scanning.connect-authentication-jwt.none', { rights: rights.join(', ') }), where, 'authentication', proof)]
      : [review(says('scanning.connect-authentication-jwt.static'), where, 'static_app', proof)]
  },
})

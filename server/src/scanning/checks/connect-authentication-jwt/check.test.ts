import { expect, it } from 'vitest'
import { answers, connect, descriptor, forge } from '../../../../test/scans.ts'
import check from './check.ts'

const BARE = { authentication: { type: 'none' }, scopes: [], lifecycle: undefined }

it.each<[string, object | string, string]>([
  ['jwt', connect(), 'pass'],
  ['JWT in capitals', connect({ authentication: { type: 'JWT' } }), 'pass'],
  ['none with scopes', connect({ ...BARE, scopes: ['READ'] }), 'fail'],
  ['none with a lifecycle hook', connect({ ...BARE, lifecycle: { installed: '/hooks/tenant' } }), 'fail'],
  ['none with a webhook', connect({ ...BARE, modules: { webhooks: [{ event: 'issue_created', url: '/hook' }] } }), 'fail'],
  ['nothing declared, with rights', connect({ authentication: undefined }), 'fail'],
  ['none for static pages without rights', connect(BARE), 'review (static_app)'],
  ['a Forge app', forge(), 'not_applicable (platform_authenticates)'],
  [
    'a neutral app that does not say',
    { castellan: 1, key: 'a', name: 'A', hosting: 'remote', base_urls: ['https://app.example'] },
    'inconclusive (not_supplied)',
  ],
  [
    'a neutral app that says jwt',
    { castellan: 1, key: 'a', name: 'A', hosting: 'remote', base_urls: ['https://app.example'], authentication: 'jwt' },
    'pass',
  ],
])('judges %s', (_, written, outcome) => expect(answers(check, { descriptor: descriptor(written) })).toEqual([outcome]))

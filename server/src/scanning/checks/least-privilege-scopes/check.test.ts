import { expect, it } from 'vitest'
import { answers, connect, descriptor, forge } from '../../../../test/scans.ts'
import check from './check.ts'

it.each([
  [['READ', 'write'], ['pass']],
  [['ADMIN'], ['review (far_reaching_scope)']],
  [['act_as_user', 'READ'], ['review (far_reaching_scope)']],
  [
    ['PROJECT_ADMIN', 'SPACE_ADMIN'],
    ['review (far_reaching_scope)', 'review (far_reaching_scope)'],
  ],
  [['ADMINISTRATOR_NAMES'], ['pass']],
  [[], ['not_applicable (no_scopes)']],
])('judges %j', (scopes, outcomes) => expect(answers(check, { descriptor: descriptor(connect({ scopes })) })).toEqual(outcomes))

it.each([
  ['    - read:jira-work\n', ['pass']],
  ['    - manage:jira-configuration\n', ['review (far_reaching_scope)']],
  ['    - admin:app\n', ['review (far_reaching_scope)']],
  ['    read:jira-work:\n      allowImpersonation: true\n', ['review (impersonation)']],
  ['    read:jira-work:\n      allowImpersonation: false\n', ['pass']],
])('judges a manifest with %j', (scopes, outcomes) =>
  expect(answers(check, { descriptor: descriptor(forge(`permissions:\n  scopes:\n${scopes}`)) })).toEqual(outcomes),
)

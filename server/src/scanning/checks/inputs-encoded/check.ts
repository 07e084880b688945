import { says } from '../../../kernel/says.ts'
import { defineCheck, type Finding, type InputProbe } from '../../check.ts'
import { contentType, fail, inconclusive, notApplicable, pass, unanswered } from '../answers.ts'

/** What comes in an address is shown as text. */
export default defineCheck({
  id: 'inputs-encoded',
  title: { pass: 'What comes in an address is shown as text', fail: 'What comes in an address becomes part of the page' },
  fix: 'Encode every value for the place where it is written: HTML text, attribute, or a JSON literal inside a script. Template engines do it unless told otherwise; React does it but for dangerouslySetInnerHTML.',
  needs: ['inputs'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N',
  messages: {
    'scanning.inputs-encoded.markup': '{where} writes the parameter {parameter} into its text as it came, angle brackets included.',
    'scanning.inputs-encoded.attribute': '{where} writes the parameter {parameter} into a tag with its quotes as they came.',
    'scanning.inputs-encoded.script': '{where} writes the parameter {parameter} into a script with its quotes as they came.',
    'scanning.inputs-encoded.encoded': '{where} shows none of its {parameters} parameters as it came.',
    'scanning.inputs-encoded.error': '{where} answers {status}; nothing can be said.',
    'scanning.inputs-encoded.no_control': '{where} refused, so what a signed-in person gets could not be seen.',
    'scanning.inputs-encoded.no_parameters': 'No page of the app’s own hosts declares parameters in its address.',
  },
  judge: ({ inputs }) => {
    const probes = inputs.probes.filter(({ kind }) => kind === 'marker')
    if (probes.length + inputs.silent.length === 0) return [notApplicable('no_parameters', says('scanning.inputs-encoded.no_parameters'))]
    const signed_in = new Set(probes.flatMap(({ as, page }) => (as === 'tenant' ? [page] : [])))
    return [...probes.flatMap((probe) => judgeProbe(probe, signed_in)), ...unanswered(inputs.silent)]
  },
})

function judgeProbe({ page: where, as, parameters, exchange, reflected }: InputProbe, signed_in: ReadonlySet<string>): readonly Finding[] {
  const { status } = exchange
  const document = /html|svg|xml/.test(contentType(exchange)) || contentType(exchange) === ''
  if (document && reflected.length > 0)
    return reflected.map(({ parameter, context }) =>
      fail(says(`scanning.inputs-encoded.${context}`, { where, parameter }), where, `${context} of ${parameter}`, {
        parameter,
        context,
        as,
        status,
        body_sha256: exchange.body_sha256,
      }),
    )
  // What a signed-in person gets says more than the refusal of a visitor.
  if (as === 'visitor' && signed_in.has(where)) return []
  if (status >= 500 || status === 429)
    return [inconclusive('unavailable', 'theirs', says('scanning.inputs-encoded.error', { where, status }), where)]
  // An app that refuses such a value has looked at it; one that asks for a token has not.
  if (as === 'visitor' ? status >= 300 : status === 401 || status === 403)
    return [inconclusive('no_control', 'ours', says('scanning.inputs-encoded.no_control', { where }), where)]
  return [pass(says('scanning.inputs-encoded.encoded', { where, parameters: parameters.length }), where, 'reflected', { status, as })]
}

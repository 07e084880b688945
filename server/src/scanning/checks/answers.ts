import type { Artifacts, Exchange, Finding, Handshake, HandshakeProbe, Silent } from '../check.ts'
import { says, type Says } from '../../kernel/says.ts'

/** The first value of a header, or null; header names have no case. */
export const header = (exchange: Pick<Exchange, 'headers'>, name: string): string | null => headers(exchange, name)[0] ?? null

/** All values of a header, in order. */
export const headers = (exchange: Pick<Exchange, 'headers'>, name: string): readonly string[] =>
  exchange.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)

/**
 * Documents of pages: as a signed-in person gets them where that could be seen, and those of its own that a page gave to a
 * visitor who is not. Only they can keep or break a rule about page headers.
 */
export const documents = (pages: Artifacts['pages'], types: RegExp): readonly Exchange[] =>
  [
    ...pages.authorised,
    ...pages.bare
      .filter((page) => !page.cacheable && !isShell(page.exchange, pages.random))
      .map((page) => page.exchange)
      .filter((bare) => !pages.authorised.some((one) => place(one.url) === place(bare.url))),
  ].filter(({ status, ...exchange }) => status >= 200 && status < 300 && status !== 204 && types.test(contentType(exchange)))

/** An address without its query, which carries the token. */
const place = (url: string): string => url.replace(/[?#].*$/, '')

/** True for what any path of the host gets: the shell of an app that fills itself in the browser. */
export const isShell = (exchange: Exchange, random: readonly Exchange[]): boolean =>
  random.some(
    (other) =>
      other.status >= 200 &&
      other.status < 300 &&
      other.body_sha256 === exchange.body_sha256 &&
      new URL(other.url).origin === new URL(exchange.url).origin,
  )

/** The media type of an answer in lower case, or nothing. */
export const contentType = (exchange: Pick<Exchange, 'headers'>): string => (header(exchange, 'content-type') ?? '').toLowerCase()

/** Shortest ways to write a finding. `at` is where, `proof` what shows it. */
export const pass = (sentence: Says, where: string, defect: string, proof: Finding['proof'] = {}): Finding => ({
  outcome: 'pass',
  says: sentence,
  where,
  defect,
  proof,
})
export const fail = (sentence: Says, where: string, defect: string, proof: Finding['proof'] = {}): Finding => ({
  outcome: 'fail',
  says: sentence,
  where,
  defect,
  proof,
})
export const review = (sentence: Says, where: string, defect: string, proof: Finding['proof'] = {}): Finding => ({
  outcome: 'review',
  reason: defect,
  says: sentence,
  where,
  defect,
  proof,
})
export const notApplicable = (reason: string, sentence: Says): Finding => ({
  outcome: 'not_applicable',
  reason,
  says: sentence,
  where: '',
  defect: reason,
  proof: {},
})
export const inconclusive = (reason: string, blind: 'ours' | 'theirs', sentence: Says, where = ''): Finding => ({
  outcome: 'inconclusive',
  reason,
  blind,
  says: sentence,
  where,
  defect: reason,
  proof: {},
})

/** What is said of addresses that gave no answer: nothing, and whose doing that is. */
export const unanswered = (silent: readonly Silent[]): readonly Finding[] =>
  silent.map(({ where, reason, blind, detail }) => inconclusive(reason, blind, says('scanning.silent', { where, detail }), where))

/** What a rule about page headers says when no page could show it: nothing to judge, or only refusals without a signed-in look. */
export function noDocument(pages: Artifacts['pages'], check: string): readonly Finding[] {
  const judged = pages.bare.filter((page) => !page.cacheable)
  if (pages.silent.length > 0) return unanswered(pages.silent)
  return judged.length === 0
    ? [notApplicable('no_pages', says(`scanning.${check}.no_pages`))]
    : [inconclusive('no_control', 'ours', says(`scanning.${check}.no_control`, { pages: judged.length }))]
}

/** The sentences that go with `noDocument`. */
export const noDocumentMessages = (check: string): Record<string, string> => ({
  [`scanning.${check}.no_pages`]: 'The descriptor declares no pages on the app’s own hosts that show somebody’s data.',
  [`scanning.${check}.no_control`]:
    'None of the {pages} pages showed a document of its own to a visitor who is not signed in, so what users get could not be seen.',
})

/**
 * What follows from a handshake for one question. Without a valid call that worked before and after, a refusal says nothing:
 * a broken app refuses everything.
 */
export function overHandshake(
  handshake: Handshake,
  about: readonly HandshakeProbe['about'][],
  judge: (probe: HandshakeProbe) => Finding,
): readonly Finding[] {
  const { applies, control, after } = handshake
  if (!applies || control === null) return [notApplicable('no_host_calls', says('scanning.handshake.not_applicable'))]
  if (!control.works) {
    const params = { install: control.install?.status ?? 'nothing', page: control.page?.status ?? 'nothing' }
    return [
      inconclusive('no_control', 'theirs', says('scanning.handshake.no_control', params), control.page?.url ?? control.install?.url ?? ''),
    ]
  }
  if (after?.works !== true) {
    const params = { page: after?.page?.status ?? 'nothing' }
    return [inconclusive('control_lost', 'theirs', says('scanning.handshake.control_lost', params), control.page?.url ?? '')]
  }
  const probes = handshake.probes.filter((probe) => about.includes(probe.about))
  return probes.length === 0 ? [notApplicable('nothing_to_ask', says('scanning.handshake.nothing_to_ask'))] : probes.map(judge)
}

/** What an answer to a wrong call says by itself: a refusal passes, trouble says nothing, acceptance is for the check to judge. */
export function refusalOf(probe: HandshakeProbe, defect: string): Finding | null {
  const { status, url: where } = probe.exchange
  const params = { where, probe: probe.name, status }
  const proof = { status, probe: probe.name }
  if (status >= 500) return inconclusive('unavailable', 'theirs', says('scanning.handshake.error', params), where)
  if (status === 429) return inconclusive('rate_limited', 'theirs', says('scanning.handshake.error', params), where)
  // A redirect gives nothing away: the way to a login is a refusal.
  return status >= 300 ? pass(says('scanning.handshake.refused', params), where, defect, proof) : null
}

/** A wrong call that was answered like a valid one fails; an answer of another kind goes to a person. */
export function acceptedOrNot(probe: HandshakeProbe, vector?: string): Finding {
  const { status, url: where } = probe.exchange
  const refused = refusalOf(probe, probe.name)
  if (refused !== null) return refused
  const params = { where, probe: probe.name, status }
  const proof = { status, probe: probe.name, body_sha256: probe.exchange.body_sha256 }
  if (probe.same_as_control !== true)
    return { ...review(says('scanning.handshake.answered', params), where, probe.name, proof), reason: 'answered' }
  return { ...fail(says('scanning.handshake.accepted', params), where, probe.name, proof), ...(vector === undefined ? {} : { vector }) }
}

/** A wrong installation that was accepted: what counts is whether its secret is believed now, or the right one is not. */
export function effectOrNot(probe: HandshakeProbe): Finding {
  const refused = refusalOf(probe, probe.name)
  if (refused !== null) return refused
  const { status, url: where } = probe.exchange
  const params = { where, probe: probe.name, status }
  const proof = { status, probe: probe.name }
  if (probe.effect === true) return fail(says('scanning.handshake.effect', params), where, probe.name, proof)
  return { ...review(says('scanning.handshake.no_effect', params), where, probe.name, proof), reason: 'no_effect' }
}

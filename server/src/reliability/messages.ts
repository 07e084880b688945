import type { Messages } from '../kernel/says.ts'
import type { NoAnswerReason } from '../platform/net/client.ts'

/** Why a probe counts as it does, by the reason that samples and evidence carry. The first ones are ours, and nobody pays for them. */
type ProbeReason = NoAnswerReason | 'status' | 'redirect' | OurReason
type OurReason = 'stopped' | 'single_vantage' | 'controls_silent' | 'dns_ours' | 'prober_stalled' | 'mass_failure' | 'not_confirmed'

const PROBE = {
  stopped: 'Unknown: the watch was being stopped.',
  single_vantage: 'Unknown: without two control targets, a failure that is seen from one place cannot be told from our own outage.',
  controls_silent: 'Unknown: the control targets gave no answer either, so the fault is likely to be ours.',
  dns_ours: 'Unknown: no control target could be found by its name either, so our name servers are likely to be at fault.',
  prober_stalled: 'Unknown: our own program stood still while it waited for the answer.',
  mass_failure: 'Unknown: most apps began to fail in the same minute, so the fault is likely to be ours.',
  not_confirmed: 'Failed, and was asked again at once; only the second answer counts.',

  status: 'The answer had another status than the programme asks for.',
  redirect: 'The answer was a redirect, which is not followed.',
  timeout: 'The answer took longer than the programme allows.',
  too_slow: 'The answer came too slowly to be waited for.',
  connect: 'No connection could be made.',
  connect_timeout: 'The connection was not accepted in time.',
  reset: 'The connection was cut before the answer was there.',
  tls: 'No trusted TLS connection could be made: look at the certificate, its chain, its names and its dates.',
  no_such_host: 'The host’s name does not exist.',
  dns: 'The host’s name servers failed.',
  dns_timeout: 'The host’s name servers did not answer in time.',
  bad_response: 'What came back was no HTTP answer.',
  headers_too_large: 'The answer’s header was too large to be read.',
  foreign_redirect: 'The answer leads to another host.',
  too_many_redirects: 'The answer leads on too often.',
  downgrade: 'The answer leads from HTTPS to HTTP.',

  bad_url: 'Not asked: the address is not one.',
  forbidden_address: 'Not asked: the name leads to an address that we do not connect to.',
  forbidden_port: 'Not asked: the port is one that we do not connect to.',
  forbidden_scheme: 'Not asked: only HTTP and HTTPS are.',
  body_too_large: 'Unknown: the answer was larger than what we read. A health check needs a few bytes.',
  inflated_too_large: 'Unknown: the answer unpacks to more than what we read.',
  bad_encoding: 'Unknown: the answer’s encoding could not be read.',
  rate_limited: 'Not asked: the host was asked too often in a short time.',
  host_in_trouble: 'Not asked: the host was in trouble and was left alone for a while.',
} as const satisfies Record<ProbeReason, string>

/** The sentence's code for a reason. */
export const probeSays = (reason: string): string => `reliability.probe.${reason}`

/** All sentences of this slice. */
export const MESSAGES: Messages = {
  ...Object.fromEntries(Object.entries(PROBE).map(([reason, sentence]) => [probeSays(reason), sentence])),
  'reliability.alert.early-warning': 'Early warning since {since}: {indicator}, {target} asked for over {window}.',
  'reliability.alert.page': 'Failing now, since {since}: {indicator}, {target} asked for over {window}.',
  'reliability.alert.ticket': 'Spends its allowance too fast since {since}: {indicator}, {target} asked for over {window}.',
  'reliability.mass_failure':
    'Since {since} most apps fail together ({failing} of {judged} at first). These minutes count as unknown and nobody pays for them. Look at what all of them share: our network, our certificates, our release, one hosting provider.',
  'reliability.vantage.single_vantage':
    '{controls} of {needed} control targets are set. Until then a failure that is seen from one place counts as unknown, since our own outage cannot be told from theirs. Set CONTROL_TARGETS to two or more addresses that are known to be good.',
  'reliability.vantage.names_unproven':
    'All {controls} control targets are literal addresses, so a name look-up that fails stays unknown: our name servers cannot be told from theirs. Give at least one of them by name.',
}

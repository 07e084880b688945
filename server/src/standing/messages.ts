import type { Messages } from '../kernel/says.ts'

/** What a standing says, and what would change it. What a check found is said in the scanner's own words. */
export const MESSAGES: Messages = {
  'standing.upcoming': 'Asked for from {day} on; until then it is shown and not counted.',
  'standing.retired': 'Not asked for any more since {day}.',
  'standing.out_of_scope': 'Not asked of this app: it is about other platforms or other hosting.',
  'standing.waived': 'Waived until {until}.',
  'standing.withheld': 'Counts as not met: for longer than {allowed} nothing could be seen, and the partner could have changed that.',
  'standing.no_method': 'The programme names no way to find this out.',

  'standing.not_published': 'Unknown, and nobody’s doing: {what} is not published, so this can be neither met nor missed.',
  'standing.nobody_can': 'Nothing can be done until its source publishes it.',

  'standing.not_looked': 'Not looked at yet.',
  'standing.stale': 'Last seen on {day}; after {fresh_for} that is too old to count.',

  'standing.slo_held': '{good} of {total} judged samples of {indicator} were good over {window}; {target} % are asked for.',
  'standing.slo_lost': '{bad} of {expected} samples of {indicator} were bad over {window}; {target} % good allow {allowed}.',
  'standing.slo_filling': 'The window of {window} is still filling: about {days} more days of samples are needed.',
  'standing.slo_gap':
    "Of the {expected} samples of {indicator} in {window}, {total} could be judged; {needed} are needed. The gap is the watch's, not the app's.",
  'standing.slo_too_few': '{total} events of {indicator} over {window} have been seen; {needed} are needed.',
  'standing.slo_silent': 'The last count of {indicator} is from {day}; nobody has counted since.',
  // The same by figures that the partner sent in.
  'standing.slo_held_reported':
    'By the partner’s own figures, {good} of {total} samples of {indicator} were good over {window}; {target} % are asked for.',
  'standing.slo_lost_reported':
    'By the partner’s own figures, {bad} of {expected} samples of {indicator} were bad over {window}; {target} % good allow {allowed}.',
  'standing.slo_silent_reported': 'The newest figures of {indicator} that the partner sent in are from {day}; none came since.',
  // The same of one of several base URLs, which are held to the objective one by one.
  'standing.slo_held_at':
    'At {endpoint}, the lowest of its base URLs, {good} of {total} judged samples of {indicator} were good over {window}; {target} % are asked for.',
  'standing.slo_lost_at':
    'At {endpoint}, {bad} of {expected} samples of {indicator} were bad over {window}; {target} % good allow {allowed}.',
  'standing.slo_lost_at_also':
    'At {endpoint}, {bad} of {expected} samples of {indicator} were bad over {window}; {target} % good allow {allowed}. Too many were bad at {also} more of its base URLs.',
  'standing.slo_filling_at': 'At {endpoint}, the window of {window} is still filling: about {days} more days of samples are needed.',
  'standing.slo_gap_at':
    "At {endpoint}, of the {expected} samples of {indicator} in {window}, {total} could be judged; {needed} are needed. The gap is the watch's, not the app's.",
  'standing.slo_too_few_at': 'At {endpoint}, {total} events of {indicator} over {window} have been seen; {needed} are needed.',
  'standing.slo_silent_at': 'At {endpoint}, the last count of {indicator} is from {day}; nobody has counted since.',
  'standing.slo_nothing': 'No counts of {indicator} have come in yet.',
  'standing.health_path_missing': 'Not supplied: no health path is known, so {indicator} is not measured.',
  'standing.no_consent': "No consent: control of the app's domain is not proven, so this is not looked at.",

  'standing.clocks_kept': '{overdue} deadlines are overdue; at most {allowed} may be.',
  'standing.clocks_overdue': '{overdue} deadlines are overdue; at most {allowed} may be.',
  'standing.clocks_none': 'Nothing has fallen under this policy yet.',

  'standing.form_filled': 'The form {form} was published on {day}, filled to {percent} %.',
  'standing.form_incomplete': 'The form {form} is filled to {percent} %; {asked} % are asked for.',
  'standing.form_missing': 'Not supplied: the form {form} has not been published.',

  'standing.record_is': '{kind}: {state}, confirmed on {day}.',
  'standing.record_missing': 'Not supplied: there is no record of {kind}.',

  'standing.attested': 'Attested and reviewed on {day}; holds until {until}.',
  'standing.attestation_missing': 'Not supplied: nothing has been attested.',
  'standing.attestation_offered': 'Brought on {day}; the operator has not reviewed it yet.',
  'standing.attestation_over': 'The attestation ran out on {day}.',
  'standing.attestation_withdrawn': 'The attestation was withdrawn.',

  'standing.concern_upheld': 'Not met: a concern about it was upheld on {day} and is not put right.',
  'standing.concern_claimed': 'The partner says since {day} that what a concern was about is put right; the operator has to look.',

  'standing.all_met': 'Met in each of its parts ({count}).',
  'standing.none_applies': 'None of its parts is asked of this app.',

  // What would change it.
  'standing.nothing_to_do': 'Nothing needs to be done.',
  'standing.keep_fresh': 'Nothing needs to be done; it has to be seen again by {until}.',
  'standing.renew_by': 'Attest it again by {until}.',
  'standing.meet': '{how}',
  'standing.meet_by': 'Before {until}: {how}',
  'standing.put_right': 'Put right what the concern is about, and say so on its page: {how}',
  'standing.supply': 'Supply what is missing: {how}',
  'standing.give_consent': "Prove control of the app's domain with the token, so that it can be looked at.",
  'standing.let_in': 'Let the watch look again: {how}',
  'standing.operator_looks': 'Nothing for the partner to do: the operator has to look again.',
  'standing.operator_decides': 'Nothing for the partner to do: the operator has to decide.',
  'standing.wait_days': 'Keep it running: about {days} more days.',
}

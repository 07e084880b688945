import { render, type Messages, type Says } from '../../kernel/says.ts'

/**
 * What mails say. `{code}.subject` and `{code}.text`; an empty line parts paragraphs, a line that is an address becomes a link
 * in the HTML. Every letter may use {marketplace}, {page} (the app's page), {site} (the address of this server) and, where there is one, {link}.
 */
export const MESSAGES: Messages = {
  'enrolment.sign_in.subject': 'Your link to sign in to {marketplace}',
  'enrolment.sign_in.text':
    'Somebody, most likely you, asked to sign in to {marketplace} with this address.\n\n{link}\n\nThe link works once, for 15 minutes. If it was not you, do nothing: without the link nobody gets in.',
  'enrolment.invitation.subject': 'You are invited to {marketplace}',
  'enrolment.invitation.text':
    'You are invited to work on apps and their standing in {marketplace}.\n\n{link}\n\nThe link works once, for seven days, and is only for you: whoever opens it gets in as you.',
  'enrolment.confirm_mail.subject': 'Confirm your address for {marketplace}',
  'enrolment.confirm_mail.text':
    'Somebody, most likely you, wants to use this address in {marketplace}.\n\n{link}\n\nThe link works once, for an hour. If it was not you, do nothing.',

  'reliability.objective_lost.subject': '{name} has lost an objective: {indicator}',
  'reliability.objective_lost.text':
    '{name} is below its objective for {indicator} over {window}: {share} good, {target} needed.\n\nWhat was counted, and what follows from it:\n\n{page}',
  'reliability.objective_regained.subject': '{name} meets its objective again: {indicator}',
  'reliability.objective_regained.text':
    '{name} meets its objective for {indicator} over {window} again: {share} good, {target} needed.\n\n{page}',

  'reliability.early_warning.subject': '{name}: early warning for {indicator}',
  'reliability.early_warning.text':
    'At {at}, {bad} of {total} checks of {name} within {span} had failed ({indicator}). Nothing is lost: its objective is {target} over {window}. Another mail follows only when this has passed and comes again.\n\n{page}',
  'reliability.budget_ticket.subject': '{name} spends its allowance for {indicator} too fast',
  'reliability.budget_ticket.text':
    'Seen at {at}: if failures go on at this rate, {name} misses {target} over {window} for {indicator}. Nobody has to get up for it, but it needs a look within days.\n\n{page}',
  'reliability.alert_fired.subject': '{name} is failing now: {indicator}',
  'reliability.alert_fired.text':
    '{name} is failing: {bad} of {total} checks within {span} up to {at} ({indicator}). At this rate its objective of {target} over {window} is soon lost.\n\n{page}',
  'reliability.alert_resolved.subject': '{name}: the alert for {indicator} is over',
  'reliability.alert_resolved.text': 'The alert for {name} ({indicator}) that fired at {since} is over since {at}: {why}.\n\n{page}',

  'journeys.warned.subject': '{name}: the host’s next change breaks your test “{journey}”',
  'journeys.warned.text':
    'The host rolls out a change on {until}. Your test “{journey}” of {name} passes in production and fails where the change is already in.\n\nWhat failed, with what shows it:\n\n{page}/journeys',

  'directory.consultation_opened.subject': '{programme} {version}: a draft is open for comments until {until}',
  'directory.consultation_opened.text':
    'The operator has put a draft of {programme} {version} up for comments, for each requirement, until {until}. Everybody reads the comments and what the operator answers.\n\n{site}/programmes/{id}/versions/{version}',
  'directory.shadow_begun.subject': '{name}: {programme} {version} is judged in shadow',
  'directory.shadow_begun.text':
    'What {programme} {version} would ask is judged for {name} from now on, for you and the operator to see. It counts nowhere and nobody else sees it; it is meant to be announced on {until}.\n\n{items}\n\n{page}/standing',
  'directory.announced.subject': '{name}: {programme} {version} is announced and judges from {until}',
  'directory.announced.text':
    '{programme} {version} is announced. It judges from {until}; until then it counts nowhere.\n\nWhat would change for {name} on that day, as things stand:\n\n{items}\n\nWhat to do about each of it:\n\n{page}/standing',

  'consultations.answered.subject': 'Your comment on {programme} {version} is answered',
  'consultations.answered.text':
    'The operator has answered a comment of yours on “{title}” in the draft {programme} {version}. The answer stands beside it, for everybody to read.\n\n{site}/programmes/{id}/versions/{version}/requirements/{requirement}',

  'directory.succession_begun.subject': '{name}: {programme} ends on {until}',
  'directory.succession_begun.text':
    '{programme} ends on {until}, and {successor} takes its place. The badge of {name} ends with it unless a person decides that the app goes over.\n\n{rules}\n\nThe rules and the days:\n\n{site}/programmes/{id}/succession\n\nHow {name} stands with the successor:\n\n{page}/standing',
  'successions.decided.subject': '{name}: it was decided whether it goes over to {successor}',
  'successions.decided.text':
    'A reviewer has decided about {name}: it {outcome} to {successor}. The reason stands on its page.\n\n{page}/standing',

  'assessments.form_returned.subject': '{name}: “{form}” was returned with reasons',
  'assessments.form_returned.text':
    'The operator has read “{form}” of {name} and returned it. What has to change is said beside the answers; your answers are kept.\n\n{page}',
  'assessments.form_approved.subject': '{name}: “{form}” is approved until {until}',
  'assessments.form_approved.text':
    'The operator has approved “{form}” of {name}. The approval ends on {until}; you are reminded before.\n\n{page}',
  'assessments.form_reminded.subject': '{name}: “{form}” has to be answered again by {until}',
  'assessments.form_reminded.text':
    'The approval of “{form}” of {name} ends on {until}. Last year’s answers are still there: change what has changed, publish, and a reviewer looks at them.\n\n{page}',
  'assessments.form_lapsed.subject': '{name}: the approval of “{form}” has ended',
  'assessments.form_lapsed.text':
    'The approval of “{form}” of {name} ended on {until}. What depends on it is not met any more until it is answered and approved again.\n\n{page}',
  'concerns.accepted.subject': 'A concern about {name} is being looked into',
  'concerns.accepted.text':
    'Somebody has raised a concern about {name}, and the operator looks into it. You are heard first: answer until {until}, or it is decided without you.\n\n{page}/concerns/{case}',
  'concerns.answered.subject': '{name}: the partner has answered a concern',
  'concerns.answered.text':
    'The partner of {name} has answered the concern. It is to be decided by {until}, by somebody who had no part in it.\n\n{page}/concerns/{case}',
  'concerns.answer_missed.subject': '{name}: a concern is to be decided without an answer',
  'concerns.answer_missed.text':
    'The partner of {name} has not answered in time. The concern is to be decided by {until}, by somebody who had no part in it.\n\n{page}/concerns/{case}',
  'concerns.decided.subject': 'A concern about {name} is decided',
  'concerns.decided.text':
    'The concern about {name} is decided. What was decided, why, and how to appeal it stands here:\n\n{page}/concerns/{case}',
  'concerns.remedy_claimed.subject': '{name}: the partner says that a concern is put right',
  'concerns.remedy_claimed.text':
    'The partner of {name} says that what the concern was about is put right. Look at it by {until}; while it waits for you, no time runs against the partner.\n\n{page}/concerns/{case}',
  'concerns.remedy_refused.subject': '{name}: something is still missing',
  'concerns.remedy_refused.text':
    'The operator has looked at what you have put right for {name}, and something is still missing. What it is stands here; the time for it runs again.\n\n{page}/concerns/{case}',
  'concerns.remedied.subject': '{name}: a concern is put right',
  'concerns.remedied.text': 'The operator has looked: what the concern about {name} was about is put right.\n\n{page}/concerns/{case}',
  'concerns.set_aside.subject': '{name}: the decision on a concern no longer counts',
  'concerns.set_aside.text': 'An appeal was upheld: the decision on the concern about {name} no longer counts.\n\n{page}/concerns/{case}',
  'concerns.reminded.subject': '{name}: the operator is late with a concern',
  'concerns.reminded.text':
    'A concern about {name} has waited for the operator for longer than promised. The figure is public.\n\n{page}/concerns/{case}',
  'appeals.lodged.subject': '{name}: the partner appeals a decision',
  'appeals.lodged.text':
    'The partner of {name} appeals a decision. It is to be decided by {until}, by somebody who had no part in it.\n\n{page}/appeals/{case}',
  'appeals.decided.subject': '{name}: your appeal is decided',
  'appeals.decided.text': 'Your appeal about {name} is decided. What was decided and why stands here:\n\n{page}/appeals/{case}',
  'appeals.reminded.subject': '{name}: the operator is late with an appeal',
  'appeals.reminded.text':
    'An appeal about {name} has waited for the operator for longer than promised. The figure is public.\n\n{page}/appeals/{case}',
  'applications.applied.subject': '{name} applies for {badge}',
  'applications.applied.text': '{name} applies for {badge}. Triage is due by {until}.\n\n{page}/applications/{programme}/{tier}',
  'applications.accepted.subject': '{name}: the application for {badge} is being looked at',
  'applications.accepted.text':
    'Triage is done: the application of {name} for {badge} is complete enough to be looked at. The operator means to be done by {until}.\n\n{page}/applications/{programme}/{tier}',
  'applications.changes_requested.subject': '{name}: changes are asked for {badge}',
  'applications.changes_requested.text':
    'The operator asks for changes before {badge} can be granted to {name}. What and why stands on the thread. It is your turn, until {until}.\n\n{page}/applications/{programme}/{tier}',
  'applications.answered.subject': '{name} has answered about {badge}',
  'applications.answered.text':
    'The partner of {name} has answered what was asked about {badge}. It is your turn, until {until}.\n\n{page}/applications/{programme}/{tier}',
  'applications.run_arranged.subject': '{name}: a test run is arranged',
  'applications.run_arranged.text':
    'A test run is arranged for the application of {name} for {badge}. Which one and when stands on the thread.\n\n{page}/applications/{programme}/{tier}',
  'applications.review_begun.subject': '{name}: reviewers decide about {badge}',
  'applications.review_begun.text':
    'Everything about the application of {name} for {badge} was found in order. Reviewers mean to decide by {until}.\n\n{page}/applications/{programme}/{tier}',
  'applications.declined.subject': '{name}: the application for {badge} was declined',
  'applications.declined.text':
    'The application of {name} for {badge} was declined. Why stands on the thread, and when it can be applied for again.\n\n{page}/applications/{programme}/{tier}',
  'applications.reminded.subject': '{name}: your answer about {badge} is due',
  'applications.reminded.text':
    'The time for the changes that were asked of {name} for {badge} is over. Without an answer the application ends by itself on {until}.\n\n{page}/applications/{programme}/{tier}',
  'applications.overdue.subject': '{name}: the operator is late with {badge}',
  'applications.overdue.text':
    'The application of {name} for {badge} has waited for the operator for longer than promised. The figure is public.\n\n{page}/applications/{programme}/{tier}',
  'applications.lapsed.subject': '{name}: the application for {badge} has ended',
  'applications.lapsed.text':
    'Nothing came from you for too long, so the application of {name} for {badge} has ended by itself. You can apply again on the same thread.\n\n{page}/applications/{programme}/{tier}',
  'applications.ended.subject': '{name}: the application for {badge} has ended',
  'applications.ended.text':
    'The programme or the tier has ended in this marketplace, and with it the application of {name} for {badge}.\n\n{page}/applications/{programme}/{tier}',
  'applications.commented.subject': '{name}: the operator has written about {badge}',
  'applications.commented.text': 'The operator has written on the thread of {badge} of {name}.\n\n{page}/applications/{programme}/{tier}',
  'applications.heard.subject': '{name}: the partner has written about {badge}',
  'applications.heard.text': 'The partner has written on the thread of {badge} of {name}.\n\n{page}/applications/{programme}/{tier}',
  'applications.downtime_announced.subject': '{name}: a downtime is announced',
  'applications.downtime_announced.text':
    'The partner of {name} has announced a planned downtime on the thread of {badge}.\n\n{page}/applications/{programme}/{tier}',
  'applications.mentioned.subject': '{name}: you are named on its thread',
  'applications.mentioned.text': 'Somebody has written to you on a thread of {name}.\n\n{page}/applications/{programme}/{tier}',

  'assessments.contradiction_found.subject': '{name}: an answer does not fit what was seen',
  'assessments.contradiction_found.text':
    'An answer in “{form}” of {name} does not fit what was seen of the app. Until {until} only you are told: change the answer, change the app, or say why both are true.\n\n{page}',
  'assessments.contradiction_told.subject': '{name}: an answer still does not fit what was seen',
  'assessments.contradiction_told.text':
    'An answer in “{form}” of {name} did not fit what was seen, and the time to settle it is over. The operator is told, and what depends on it counts as not met.\n\n{page}',
  'reviews.annual_review_announced.subject': '{name}: its annual review begins on {opens}',
  'reviews.annual_review_announced.text':
    'The annual review of {name} begins on {opens} and ends on {until}.\n\nOne thing is asked of you: say whether the app has changed significantly. Everything else is looked at by itself. If something is not in order, you have the time for it that the programme gives.\n\n{page}/reviews',
  'reviews.annual_review_missed.subject': '{name}: its annual review ended without an answer',
  'reviews.annual_review_missed.text':
    'The week of the annual review of {name} is over, and nobody has said whether the app has changed. The badge is at risk until somebody does.\n\n{page}/reviews',
  'reviews.annual_review_closed.subject': '{name}: its annual review is done',
  'reviews.annual_review_closed.text': 'The annual review of {name} for {year} is closed, with everything in order.\n\n{page}',
  'reviews.delta_opened.subject': '{name}: what a change touches is looked at',
  'reviews.delta_opened.text':
    'A change of {name} touches these requirements, and the operator looks at exactly them:\n\n{requirements}\n\n{page}/reviews',
  'reviews.delta_judged.subject': '{name}: something is missing after a change',
  'reviews.delta_judged.text':
    'The operator looked at a change of {name} and found something missing:\n\n{requirements}\n\nWhat it is, and by when it has to be put right:\n\n{page}/reviews',

  'assessments.document_refused.subject': '{name}: a document of its listing was refused',
  'assessments.document_refused.text':
    'The operator has read a document of the listing of {name} and refused it. The reason stands beside its address.\n\n{page}',
  'assessments.document_lost.subject': '{name}: a document of its listing does not count any more',
  'assessments.document_lost.text':
    'A document of the listing of {name} cannot be read at its address, or is not the app’s own text. What was found stands beside its address.\n\n{page}',

  'publishing.mismatch_found.subject': '{name}: its listing does not show what is so',
  'publishing.mismatch_found.text':
    'The public listing of {name} was looked at twice: {what}. The marketplace has had its time for the change since {since}.\n\nIt closes by itself with the next look that agrees. All open ones are on the operator’s page “Marketplace”.\n\n{page}',

  'badges.granted.subject': '{name} now holds the {tier} badge',
  'badges.granted.text': '{name} now holds the {tier} badge, until {until} unless it is renewed.\n\n{page}',
  'badges.put_at_risk.subject': 'The {tier} badge of {name} is at risk until {until}',
  'badges.put_at_risk.text':
    'The {tier} badge of {name} stays until {until} and is suspended then, unless this is put right:\n\n{requirements}\n\nWhat was seen, and what would change it:\n\n{page}',
  'badges.cured.subject': 'The {tier} badge of {name} is safe again',
  'badges.cured.text': 'Everything that the {tier} badge of {name} asks for is met again. Nothing else is needed.\n\n{page}',
  'badges.suspended.subject': 'The {tier} badge of {name} is suspended',
  'badges.suspended.text':
    'The {tier} badge of {name} is suspended, since this was not put right in time:\n\n{requirements}\n\nOnce it is met, a reviewer restores the badge.\n\n{page}',
  'badges.restored.subject': 'The {tier} badge of {name} is back',
  'badges.restored.text': 'A reviewer has restored the {tier} badge of {name}.\n\n{page}',
  'badges.revoked.subject': 'The {tier} badge of {name} was revoked',
  'badges.revoked.text': 'The {tier} badge of {name} was revoked. Its page says why, and how to apply again.\n\n{page}',
  'badges.expired.subject': 'The {tier} badge of {name} has expired',
  'badges.expired.text': 'The {tier} badge of {name} has expired and was not renewed. Its page says why.\n\n{page}',
  'badges.renewed.subject': 'The {tier} badge of {name} was renewed',
  'badges.renewed.text': 'The {tier} badge of {name} was renewed, until {until}.\n\n{page}',
  'badges.listing_warned.subject': '{name}: its listing will be hidden unless something is put right',
  'badges.listing_warned.text':
    '{name} does not meet what every listed app has to. Unless this is put right, its listing will be hidden.\n\n{page}',
  'badges.listing_hidden.subject': 'The listing of {name} is hidden',
  'badges.listing_hidden.text':
    'The listing of {name} is hidden, since the app does not meet what every listed app has to. Once it does, a reviewer shows it again.\n\n{page}',
  'badges.listing_paused.subject': 'The listing of {name} is paused',
  'badges.listing_paused.text':
    'The listing of {name} is paused: nobody can install the app from it. Once the app meets what every listed app has to, a reviewer opens it again.\n\n{page}',
  'badges.listing_relisted.subject': '{name} is listed again',
  'badges.listing_relisted.text': 'A reviewer has listed {name} again.\n\n{page}',
}

/** A letter's subject, text and HTML. Throws for a code that has no letter, which is a bug. */
export function letterOf(says: Says): { readonly subject: string; readonly text: string; readonly html: string } {
  const subject = render({ code: `${says.code}.subject`, params: says.params }, MESSAGES)
  const text = render({ code: `${says.code}.text`, params: says.params }, MESSAGES)
  return { subject, text: `${text}\n`, html: htmlOf(text) }
}

/** Whether a letter exists for a code. */
export const hasLetter = (code: string): boolean => `${code}.text` in MESSAGES

function htmlOf(text: string): string {
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => {
    const escaped = escape(paragraph)
    return `<p>${/^https?:\/\/[^\s<>"']+$/.test(paragraph) ? `<a href="${escaped}">${escaped}</a>` : escaped.replaceAll('\n', '<br>')}</p>`
  })
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>${paragraphs.join('')}</body></html>`
}

const ENTITIES: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

import type { ReactElement } from 'react'
import type { Acting } from '../../enrolment/authorise.ts'
import type { Problem } from '../../platform/http/problem.ts'
import { chromeOf, type Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { asSentence } from '../words.ts'
import { page } from './render.ts'

/** What to do next, by what happened. */
const NEXT = {
  400: 'Go back, change what the sentence above names, and send it again. What you typed is still in the form.',
  401: 'Sign in and come back here.',
  403: 'Ask somebody who may, or sign in as somebody else.',
  404: 'The address may be mistyped, or what was here has gone. The directory lists every app.',
  409: 'Load the page again: it shows how things stand now and what is possible.',
  413: 'Send something smaller.',
  415: 'Send it in one of the formats above.',
  429: 'Wait as long as the sentence above says, then load the page again.',
  500: 'Try once more. If it happens again, give the operator the number above.',
} as const

/** A refusal or a fault as a page: what happened, what it means, what to do. */
export function ProblemPage({ problem, chrome }: { readonly problem: Problem; readonly chrome: Chrome }): ReactElement {
  const next: string = problem.status in NEXT ? NEXT[problem.status as keyof typeof NEXT] : NEXT[500]
  return (
    <Layout {...chrome} title={problem.title}>
      <div className="problem">
        <p className="eyebrow">{problem.status}</p>
        <h1>{problem.title}</h1>
        <p className="lead">{asSentence(problem.detail)}</p>
        <p>{next}</p>
        <p className="acts">
          {problem.status === 401 ? (
            <a className="button" href="/sign-in">
              Sign in
            </a>
          ) : null}
          <a className="button is-quiet" href="/">
            All apps
          </a>
        </p>
        <p className="quiet">
          Code for programs: <code>{problem.code}</code>
        </p>
      </div>
    </Layout>
  )
}

/** The document for a request that was refused or broke. Takes what it needs of the house, so that pages stay functions of what they are given. */
export async function problemPage(
  house: { readonly config: { readonly marketplace: string } },
  problem: Problem,
  request: { readonly acting?: Acting },
  demo: { readonly now: () => string } | null,
): Promise<string> {
  // A request may fail before it is known who asks.
  const acting = request.acting ?? { kind: 'public' }
  const chrome = chromeOf({ marketplace: house.config.marketplace, acting, demo, here: null })
  return page(<ProblemPage problem={problem} chrome={chrome} />)
}

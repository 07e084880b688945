import type { ReactElement } from 'react'
import type { Acting } from '../authorise.ts'

/** What stands around this slice's pages. It comes from the slice that publishes, which lies to the right. */
export type Frame = (page: {
  readonly title: string
  readonly acting: Acting
  readonly here: '/account' | null
  readonly body: ReactElement
}) => string

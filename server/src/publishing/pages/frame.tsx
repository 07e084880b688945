import type { Frame } from '../../enrolment/pages/frame.ts'
import { chromeOf } from './chrome.ts'
import { Layout } from './layout.tsx'
import { page } from './render.ts'

/** The document around pages of slices on the left, which do not know of it. */
export function frameOf(house: { readonly config: { readonly marketplace: string } }, demo: { readonly now: () => string } | null): Frame {
  return ({ title, acting, here, body }) => {
    const chrome = chromeOf({ marketplace: house.config.marketplace, acting, demo, here })
    return page(
      <Layout {...chrome} title={title}>
        {body}
      </Layout>,
    )
  }
}

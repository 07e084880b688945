import type { ReactElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'

/** A whole document as text. Everything that was put into the element is escaped; there is no way around it in any page. */
export const page = (element: ReactElement): string => `<!doctype html>\n${renderToStaticMarkup(element)}\n`

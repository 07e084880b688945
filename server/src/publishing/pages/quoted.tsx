import type { ReactElement } from 'react'
import { withoutTricks } from './parts.tsx'

/** What a person wrote, in their own lines; nothing in it can turn the page over. */
export const Quoted = ({ children }: { readonly children: string }): ReactElement => (
  <div className="words">
    <p className="foreign">{children.split('\n').map(withoutTricks).join('\n')}</p>
  </div>
)

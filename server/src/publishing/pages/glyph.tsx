import type { ReactElement } from 'react'

/**
 * Shapes that stand beside words of state. Each word has a shape of its own, so that it can be told without colour, in print
 * and in a picture. Drawn in a box of 16 by 16; parts with the class `cut` take the colour of what lies under them.
 */
const SHAPES = {
  active: (
    <>
      <circle cx="8" cy="8" r="7" />
      <path className="cut" d="M4.6 8.3 7 10.7l4.5-5" />
    </>
  ),
  at_risk: (
    <>
      <path d="M8 .9 15.6 14.6H.4z" />
      <path className="cut" d="M8 5.6v4.2M8 12v.4" />
    </>
  ),
  suspended: (
    <>
      <rect x="1.2" y="1.2" width="13.6" height="13.6" rx="2" />
      <path className="cut" d="M6 5v6M10 5v6" />
    </>
  ),
  revoked: (
    <>
      <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" />
      <path className="cut" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" />
    </>
  ),
  expired: (
    <>
      <circle className="line" cx="8" cy="8" r="6.2" />
      <path className="line" d="M8 4.4V8l2.4 1.8" />
    </>
  ),
  none: <circle className="line" cx="8" cy="8" r="6.2" />,
  unknown: (
    <>
      <circle className="line dashed" cx="8" cy="8" r="6.4" />
      <path className="line" d="M6.2 6.3c.2-1.2 1-1.7 1.9-1.7 1.1 0 1.9.7 1.9 1.7 0 1.5-1.9 1.5-1.9 2.900M8.05 11.300v.3" />
    </>
  ),
  met: <path className="line" d="m2.4 8.6 3.8 3.8 7.4-8.6" />,
  unmet: <path className="line" d="m3.2 3.2 9.6 9.600m0-9.6-9.6 9.6" />,
  not_applicable: <path className="line" d="M3 8h10" />,
  upcoming: <path className="line" d="M2.4 8h10.400M8.8 3.8 13 8l-4.2 4.2" />,
  retired: (
    <>
      <rect className="line" x="2" y="3.2" width="12" height="9.6" rx="1.5" />
      <path className="line" d="M2 8h12" />
    </>
  ),
  waived: (
    <>
      <circle className="line" cx="8" cy="8" r="6.2" />
      <path d="M8 1.800a6.2 6.2 0 0 1 0 12.400z" />
    </>
  ),
  in_cure: (
    <>
      <path className="line" d="M4 1.500h8M4 14.500h8M5 1.500c0 4 3 4.5 3 6.500s-3 2.5-3 6.500M11 1.500c0 4-3 4.5-3 6.500s3 2.5 3 6.5" />
    </>
  ),
} as const

export type Shape = keyof typeof SHAPES

/** Shapes that a page uses many times, drawn once and out of sight. */
export const Glyphs = ({ shapes }: { readonly shapes: readonly Shape[] }): ReactElement => (
  <svg className="unseen" aria-hidden="true">
    {shapes.map((shape) => (
      // Where it is used, rules see the symbol and nothing above it.
      <symbol key={shape} id={`g-${shape}`} className="glyph" viewBox="0 0 16 16">
        {SHAPES[shape]}
      </symbol>
    ))}
  </svg>
)

/** A shape that `Glyphs` has drawn: half of the bytes, which tells on a hundred rows. */
export const DrawnGlyph = ({ shape }: { readonly shape: Shape }): ReactElement => (
  <svg aria-hidden="true">
    <use href={`#g-${shape}`} />
  </svg>
)

/** One shape. It never stands alone: the word is always beside it, so screen readers are not told of it. */
export const Glyph = ({ shape }: { readonly shape: Shape }): ReactElement => (
  <svg className="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    {SHAPES[shape]}
  </svg>
)

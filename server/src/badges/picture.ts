import { dayOf, type Instant } from '../kernel/time.ts'
import type { BadgeWord } from './badge.ts'

/** What a badge's picture says: which badge, how it stands, and on which day. Decoration, never proof; the page behind it is. */
export type BadgeFace = {
  /** The tier's title in its pack, or the programme's where an app has none. */
  readonly label: string
  readonly state: BadgeWord
  readonly as_of: Instant
  /** Set when its whole programme has ended here: what has taken its place, or null for nothing. */
  readonly ended?: { readonly successor: string | null }
}

/** A state in the picture's words. Shape and word carry it; colour repeats it. */
const LOOKS = {
  none: { word: 'no badge', colour: '#4b5752' },
  active: { word: 'active', colour: '#14613a' },
  at_risk: { word: 'at risk', colour: '#7a4100' },
  suspended: { word: 'suspended', colour: '#96201c' },
  revoked: { word: 'revoked', colour: '#96201c' },
  expired: { word: 'expired', colour: '#4b5752' },
} as const satisfies Record<BadgeWord, { readonly word: string; readonly colour: string }>

const HEIGHT = 24
const PADDING = 8
const GLYPH = 12
const SIZE = 11.5
const LONGEST_LABEL = 60

/** The words of a face: `active, 24 Nov 2026`. */
export const faceWords = ({ state, as_of, ended }: Pick<BadgeFace, 'state' | 'as_of' | 'ended'>): string =>
  // A badge that was taken away stays taken away, whatever became of its programme.
  `${ended !== undefined && state === 'expired' ? 'programme ended' : LOOKS[state].word}, ${dayInWords(as_of)}`

/** What has taken the place of an ended programme, as an addition to its words. */
const successorWords = ({ ended }: BadgeFace): string => {
  const successor = ended?.successor ?? null
  return successor === null ? '' : `; succeeded by ${shortened(successor)}`
}

/** The picture as SVG: no script, no link, no font or image from elsewhere; every text escaped. White on dark colours of at least 7:1. */
export function badgeSvg(face: BadgeFace): string {
  const label = shortened(face.label)
  const words = faceWords(face)
  const { colour } = LOOKS[face.state]
  const left = Math.ceil(textWidth(label)) + 2 * PADDING
  const right = Math.ceil(textWidth(words)) + 2 * PADDING + GLYPH + 4
  const width = left + right
  const title = escaped(`${label}: ${words}${successorWords(face)}`)
  const text = (x: number, said: string, length: number): string =>
    `<text x="${x}" y="16" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(said)}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-labelledby="t">`,
    `<title id="t">${title}</title>`,
    `<clipPath id="r"><rect width="${width}" height="${HEIGHT}" rx="4"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${left}" height="${HEIGHT}" fill="#1b2420"/><rect x="${left}" width="${right}" height="${HEIGHT}" fill="${colour}"/></g>`,
    // A hair of light around it, so that it stands out on a dark page as well.
    `<rect x=".5" y=".5" width="${width - 1}" height="${HEIGHT - 1}" rx="3.5" fill="none" stroke="#fff" stroke-opacity=".35"/>`,
    `<g fill="none" stroke="#fff" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" transform="translate(${left + PADDING} 6)">${GLYPHS[face.state]}</g>`,
    `<g fill="#fff" font-family="Verdana,'DejaVu Sans',Geneva,sans-serif" font-size="${SIZE}">`,
    text(PADDING, label, Math.ceil(textWidth(label))),
    text(left + PADDING + GLYPH + 4, words, Math.ceil(textWidth(words))),
    '</g></svg>\n',
  ].join('')
}

/** Twelve units square, each state another shape. */
const GLYPHS = {
  none: '<circle cx="6" cy="6" r="4.6"/>',
  active: '<path d="M1.8 6.4 4.8 9.4 10.4 3"/>',
  at_risk: '<path d="M6 1.6 11 10.4H1zM6 5v2.4M6 9v.1"/>',
  suspended: '<path d="M4 2v8M8 2v8"/>',
  revoked: '<path d="M2 2l8 8M10 2l-8 8"/>',
  expired: '<circle cx="6" cy="6" r="4.8"/><path d="M6 3.4V6l1.8 1.4"/>',
} as const satisfies Record<BadgeWord, string>

/** The shape that Shields reads: https://shields.io/badges/endpoint-badge. */
export type ShieldsBadge = {
  readonly schemaVersion: 1
  readonly label: string
  readonly message: string
  readonly color: string
  readonly isError: boolean
  readonly cacheSeconds: number
}

/** How long a reader may keep a badge, in seconds. */
export const BADGE_MAX_AGE_S = 300

/** The same face for Shields' own renderer. */
export const shieldsOf = (face: BadgeFace): ShieldsBadge => ({
  schemaVersion: 1,
  label: shortened(face.label),
  message: `${faceWords(face)}${successorWords(face)}`,
  color: LOOKS[face.state].colour.slice(1),
  isError: face.state === 'suspended' || face.state === 'revoked',
  cacheSeconds: BADGE_MAX_AGE_S,
})

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

function dayInWords(at: Instant): string {
  const [year = '', month = '', day = ''] = dayOf(at).split('-')
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}`
}

function shortened(label: string): string {
  // Control characters and those that turn the direction of text have no place in a picture.
  const clean = label.replaceAll(/[\p{C}]/gu, '').trim()
  const letters = Array.from(clean)
  return letters.length <= LONGEST_LABEL ? clean : `${letters.slice(0, LONGEST_LABEL - 1).join('')}…`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

/** Advance widths of DejaVu Sans for the characters from space to ~, in thousandths of the size. */
const WIDTHS = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337,
  337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732,
  684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635,
  635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
] as const
/** As wide as an em: letters of other scripts are rarely wider. */
const OTHER_WIDTH = 1_000

const textWidth = (text: string): number =>
  Array.from(text).reduce((sum, letter) => sum + (WIDTHS[letter.charCodeAt(0) - 32] ?? OTHER_WIDTH), 0) * (SIZE / 1_000)

import { Refused } from '../kernel/refused.ts'

/**
 * Files that somebody brings as evidence. They are kept as bytes and handed back as bytes: nothing here, or anywhere in the
 * product, unpacks, renders or runs them. What is taken is named by what it begins and ends with, never by what its sender
 * calls it; archives are not taken, and neither is a file that is two kinds at once.
 */
export type FileKind = { readonly type: string; readonly ending: string }

/** The largest file; larger ones belong where they can be linked to. */
export const LARGEST_FILE_BYTES = 3 * 1024 * 1024
const LONGEST_FILE_NAME = 200

/** What kind of file some bytes are. Refuses what is not taken, and why. */
export function kindOf(bytes: Uint8Array): FileKind {
  if (bytes.byteLength === 0) throw refused('is empty')
  if (bytes.byteLength > LARGEST_FILE_BYTES) {
    throw new Refused(
      'applications.too_large',
      `A file has at most ${LARGEST_FILE_BYTES} bytes; put a larger one where you can link to it.`,
      'file',
    )
  }
  const kind = binaryKind(bytes) ?? textKind(bytes)
  if (kind === null) throw refused('is none of the kinds that are taken')
  // A ZIP is read from its end, so it can hide behind anything: look for the record that ends one.
  if (holdsArchiveEnd(bytes)) throw refused('is an archive as well, or ends in one')
  return kind
}

const refused = (what: string): Refused =>
  new Refused(
    'applications.bad_file',
    `This file ${what}. Taken are PDF, PNG, JPEG, and text in UTF-8 (plain, CSV, JSON); archives are not.`,
    'file',
  )

function binaryKind(bytes: Uint8Array): FileKind | null {
  if (begins(bytes, PDF)) {
    if (!lastBytes(bytes, 1_024).includes('%%EOF')) throw refused('begins as a PDF and does not end as one')
    return { type: 'application/pdf', ending: 'pdf' }
  }
  if (begins(bytes, PNG)) {
    if (!lastBytes(bytes, 8).startsWith('IEND')) throw refused('begins as a PNG and goes on after its end')
    return { type: 'image/png', ending: 'png' }
  }
  if (begins(bytes, JPEG)) {
    if (bytes.at(-2) !== 0xff || bytes.at(-1) !== 0xd9) throw refused('begins as a JPEG and goes on after its end')
    return { type: 'image/jpeg', ending: 'jpg' }
  }
  return null
}

const PDF = [0x25, 0x50, 0x44, 0x46, 0x2d]
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const JPEG = [0xff, 0xd8, 0xff]
const ARCHIVE_END = [0x50, 0x4b, 0x05, 0x06]
/** The end record of a ZIP with the longest comment that may follow it. */
const ARCHIVE_END_WITHIN = 22 + 65_535

const begins = (bytes: Uint8Array, with_these: readonly number[], at = 0): boolean =>
  with_these.every((byte, place) => bytes[at + place] === byte)

const lastBytes = (bytes: Uint8Array, count: number): string =>
  String.fromCharCode(...bytes.subarray(Math.max(0, bytes.byteLength - count)))

function holdsArchiveEnd(bytes: Uint8Array): boolean {
  for (let at = bytes.byteLength - ARCHIVE_END.length; at >= Math.max(0, bytes.byteLength - ARCHIVE_END_WITHIN); at--) {
    if (begins(bytes, ARCHIVE_END, at)) return true
  }
  return false
}

/** Text is UTF-8 without the characters that no text has. */
function textKind(bytes: Uint8Array): FileKind | null {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
  // oxlint-disable-next-line no-control-regex -- these are looked for
  if (/[\u0000-\u0008\u000b\u000e-\u001f]/.test(text)) return null
  return /^\s*[{[]/.test(text) && isJson(text) ? { type: 'application/json', ending: 'json' } : { type: 'text/plain', ending: 'txt' }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** A file's name as it may stand in a header and on a disk: letters, digits and a few marks, with the ending of what it is. */
export function safeName(name: string, kind: FileKind): string {
  const stem = name
    .replace(/\.[^.]*$/, '')
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 80)
  return `${stem === '' ? 'evidence' : stem}.${kind.ending}`
}

/** What the sender calls it, without what turns or hides text, for people to read. */
export const shownName = (name: string): string =>
  name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, LONGEST_FILE_NAME)

import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { kindOf, LARGEST_FILE_BYTES, safeName, shownName } from './attachment.ts'

const bytes = (...parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part)))))
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const
const IEND = [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82] as const
const PDF = '%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n'
const png = bytes(PNG, [0, 0, 0, 0], IEND)
const jpeg = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xd9])

/** A real ZIP with one file in it, made by hand: nobody but the header says how large it becomes. */
function zip(content: Uint8Array): Uint8Array {
  const packed = deflateRawSync(content)
  const name = Buffer.from('a')
  const sizes = Buffer.alloc(8)
  sizes.writeUInt32LE(packed.length, 0)
  sizes.writeUInt32LE(content.length, 4)
  const local = Buffer.concat([
    Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    sizes,
    Buffer.from([1, 0, 0, 0]),
    name,
    packed,
  ])
  const central = Buffer.concat([
    Buffer.from([0x50, 0x4b, 1, 2, 20, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    sizes,
    Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    name,
  ])
  const end = Buffer.alloc(22)
  end.set([0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0])
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  return new Uint8Array(Buffer.concat([local, central, end]))
}

describe('what is taken as evidence', () => {
  it.each([
    ['a PDF', bytes(PDF), 'application/pdf'],
    ['a PNG', png, 'image/png'],
    ['a JPEG', jpeg, 'image/jpeg'],
    ['plain text', bytes('Line one\nLine two\n'), 'text/plain'],
    ['text in every script', bytes('Zażółć gęślą jaźń, 日本語, עברית'), 'text/plain'],
    ['JSON', bytes('{"results": []}'), 'application/json'],
    ['what only looks like JSON', bytes('{not json'), 'text/plain'],
    // It is kept as text and saved, never shown: nobody's browser runs it.
    ['HTML, as the text that it is', bytes('<!doctype html><script>alert(1)</script>'), 'text/plain'],
  ])('%s', (_, file, type) => {
    expect(kindOf(file).type).toBe(type)
  })

  it.each([
    ['nothing', bytes('')],
    ['a ZIP', zip(bytes('x'))],
    ['a ZIP bomb, which nobody unpacks to find out', zip(new Uint8Array(64 * 1024 * 1024))],
    ['a PDF that is a ZIP as well', bytes(PDF, zip(bytes('x')), PDF)],
    ['a PDF with a ZIP and a comment behind it', bytes(PDF, zip(bytes('x')), 'c'.repeat(60_000), '%%EOF')],
    ['a PNG that goes on', bytes(png, '<script>alert(1)</script>')],
    ['a PNG with a ZIP inside', bytes(PNG, zip(bytes('x')), IEND)],
    ['a JPEG that goes on', bytes(jpeg, 'PHP')],
    ['a PDF without an end', bytes('%PDF-1.7\n')],
    ['a program', bytes([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])],
    ['gzip', bytes([0x1f, 0x8b, 8, 0])],
    ['text with a zero in it', bytes('a\u0000b')],
    ['bytes that are no UTF-8', bytes([0xc3, 0x28, 0xa0])],
    ['a lone surrogate, written as bytes', bytes([0xed, 0xa0, 0x80])],
    ['one byte too many', new Uint8Array(LARGEST_FILE_BYTES + 1).fill(0x61)],
  ])('not %s', (_, file) => {
    expect(() => kindOf(file)).toThrow(/file/)
  })

  it('the largest file is taken whole', () => {
    expect(kindOf(new Uint8Array(LARGEST_FILE_BYTES).fill(0x61)).type).toBe('text/plain')
  })
})

describe('what a file is called', () => {
  it.each([
    ['report.exe', 'report.pdf'],
    ['../../etc/passwd', 'evidence.pdf'],
    ['a"; filename="b.html', 'a-filename-b.pdf'],
    ['line\r\nset-cookie: x.pdf', 'line-set-cookie-x.pdf'],
    ['Übersicht für 2026.pdf', 'U-bersicht-fu-r-2026.pdf'],
    ['.pdf', 'evidence.pdf'],
    ['日本語.pdf', 'evidence.pdf'],
    ['x'.repeat(400), `${'x'.repeat(80)}.pdf`],
  ])('%s is saved as %s', (name, saved) => {
    expect(safeName(name, { type: 'application/pdf', ending: 'pdf' })).toBe(saved)
  })

  it('and is shown without what turns or hides text', () => {
    expect(shownName('invoice\u202Efdp.exe\u0000 \uD800')).toBe('invoicefdp.exe \uFFFD')
  })
})

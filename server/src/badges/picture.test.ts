import { describe, expect, it } from 'vitest'
import type { Instant } from '../kernel/time.ts'
import { pngOf } from '../platform/png.ts'
import { badgeSvg, shieldsOf } from './picture.ts'

const as_of = '2026-11-24T23:59:59.999Z' as Instant
const STATES = ['none', 'active', 'at_risk', 'suspended', 'revoked', 'expired'] as const

describe('a badge as a picture', () => {
  it.each(STATES)('says %s in words, in a shape of its own, with the day', (state) => {
    const svg = badgeSvg({ label: 'Cloud Fortified', state, as_of })
    expect(svg).toMatchSnapshot()
    expect(svg).toContain('24 Nov 2026')
    expect(svg).toContain('<title id="t">Cloud Fortified: ')
  })

  it.each([
    '<svg onload=alert(1)>',
    '"><script>x</script>',
    'a\' b" & <c>',
    '\u202Egnorw',
    'x'.repeat(5_000),
    '𝕏'.repeat(100),
    '\u0000\u001b[31m',
  ])('takes a hostile name as text: %j', (label) => {
    const svg = badgeSvg({ label, state: 'active', as_of })
    const tags = new Set([...svg.matchAll(/<(\w+)/g)].map(([, tag = '']) => tag))
    expect([...tags].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['clipPath', 'g', 'path', 'rect', 'svg', 'text', 'title'])
    // Nothing that turns the direction of text or steers a terminal.
    expect(svg.trimEnd()).not.toMatch(/\p{C}/u)
    expect(svg.length).toBeLessThan(3_000)
    expect(svg.match(/<text /g)).toHaveLength(2)
  })

  it('looks the same as PNG, at twice the size', async () => {
    const png = await pngOf(badgeSvg({ label: 'Cloud Fortified', state: 'active', as_of }))
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    expect(Buffer.from(png).readUInt32BE(20)).toBe(48)
  })

  it('has the shape that Shields reads', () => {
    expect(shieldsOf({ label: 'Cloud Fortified', state: 'at_risk', as_of })).toEqual({
      schemaVersion: 1,
      label: 'Cloud Fortified',
      message: 'at risk, 24 Nov 2026',
      color: '7a4100',
      isError: false,
      cacheSeconds: 300,
    })
  })
})

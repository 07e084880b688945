import { describe, expect, it } from 'vitest'
import { masked, maskedHeader } from './mask.ts'

/** Put together here, so that no scanner of repositories takes this file for a leak. */
const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(20)}`
const SECRETS = [
  jwt,
  `AKIA${'Q'.repeat(16)}`,
  `ghp_${'a'.repeat(36)}`,
  `xoxb-${'1'.repeat(20)}`,
  ['-----BEGIN ', 'PRIVATE KEY-----\nMIIabcdef0123456789'].join(''),
] as const

describe('what is stored', () => {
  it.each(SECRETS)('does not hold %s', (secret) => {
    const text = masked(`before ${secret} after`)
    expect(text).not.toContain(secret)
    expect(text).toContain('before ')
  })

  it.each([
    ['{"sharedSecret":"0123456789abcdef"}', '0123456789abcdef'],
    ["clientSecret = 'abcdefghijklmnop'", 'abcdefghijklmnop'],
    ['password=hunter2hunter2&x=1', 'hunter2hunter2'],
    ['{"access_token": "short1"}', 'short1'],
  ])('does not hold the value of %s', (text, secret) => expect(masked(text)).not.toContain(secret))

  it('keeps edges and a short hash, so that two sightings can be told to be one', () => {
    expect(masked(SECRETS[1])).toMatch(/^AKIA…QQ\(sha256:[0-9a-f]{8}\)$/)
    expect(masked(SECRETS[1])).toBe(masked(SECRETS[1]))
  })

  it.each(['authorization', 'Cookie', 'proxy-authorization'])('has of %s only a hash', (name) => {
    expect(maskedHeader(name, `JWT ${jwt}`)).toMatch(/^sha256:[0-9a-f]{8}$/)
  })

  it('keeps a cookie’s name and attributes, which rules are about', () => {
    const line = maskedHeader('Set-Cookie', 'sid=0123456789abcdef; Path=/; HttpOnly; Secure')
    expect(line).not.toContain('0123456789abcdef')
    expect(line).toMatch(/^sid=.*; Path=\/; HttpOnly; Secure$/)
    expect(maskedHeader('set-cookie', 'sid=; Max-Age=0')).toBe('sid=; Max-Age=0')
  })

  it('takes tokens out of addresses', () => expect(maskedHeader('location', `/login?jwt=${jwt}`)).not.toContain(jwt))

  it('leaves plain text as it is', () => expect(masked('The password is wrong: try again.')).toBe('The password is wrong: try again.'))

  it('reads hostile text in linear time', () => {
    const hostile = `${'password'.repeat(2_000)}${'-----BEGIN '.repeat(500)}${'eyJ'.repeat(3_000)}`
    expect(masked(hostile).length).toBeGreaterThan(0)
  })
})

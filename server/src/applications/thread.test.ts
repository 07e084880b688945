import { describe, expect, it } from 'vitest'
import { checkedWords, LONGEST_WORDS } from '../kernel/words.ts'
import { checkedMentions, sideIn, type Hand } from './thread.ts'

const words = (text: string | undefined): string => checkedWords(text, 'words', 'Write something.')

describe('words', () => {
  it.each([
    ['line ends of every kind', 'one\r\ntwo\rthree', 'one\ntwo\nthree'],
    ['a lone surrogate', 'half \uD83D', 'half \uFFFD'],
    ['characters that print nothing', 'a\u0000b\u0007c\td', 'abc\td'],
    ['room around them', '  \n hello \n ', 'hello'],
    ['markup, which stays the text that it is', '<b>bold</b> &amp; ${x}', '<b>bold</b> &amp; ${x}'],
  ])('%s', (_, given, kept) => {
    expect(words(given)).toBe(kept)
  })

  it.each([undefined, '', '   ', '\n\r\n', '\u0000\u0001'])('nothing is not enough: %j', (given) => {
    expect(() => words(given)).toThrow('Write something.')
  })

  it('ten thousand lines belong into a file, and the longest text that fits is taken', () => {
    expect(() => words('line\n'.repeat(10_000))).toThrow('Bring the rest as a file')
    expect(words('x'.repeat(LONGEST_WORDS))).toHaveLength(LONGEST_WORDS)
    expect(() => words('x'.repeat(LONGEST_WORDS + 1))).toThrow(String(LONGEST_WORDS + 1))
  })
})

describe('mentions', () => {
  const hands: readonly Hand[] = [
    { person: 'mia', side: 'partner' },
    { person: 'ann', side: 'operator' },
  ]
  it('name people of the case, each once', () => {
    expect(checkedMentions(['mia', 'ann', 'mia'], hands)).toEqual(['mia', 'ann'])
  })
  it('say the same of a stranger and of nobody', () => {
    const told = (person: string): string => {
      try {
        return checkedMentions([person], hands).join()
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(told('oto')).toBe(told('__proto__'))
    expect(told('oto')).toContain('Only people of this partner and of the operator')
  })
  it('are not a way to write to everybody', () => {
    const many = Array.from({ length: 21 }, (_, place): Hand => ({ person: `p${place}`, side: 'operator' }))
    expect(() =>
      checkedMentions(
        many.map(({ person }) => person),
        many,
      ),
    ).toThrow('at most 20')
  })
})

describe('the side on which somebody stands', () => {
  it('is the partner’s for whoever belongs to it, whatever else they are', () => {
    const both = [
      { organisation: 'op', kind: 'operator', role: 'operator-admin' },
      { organisation: 'maker', kind: 'partner', role: 'partner-member' },
    ] as const
    expect([sideIn(both, 'maker'), sideIn(both, 'other'), sideIn([], 'maker')]).toEqual(['partner', 'operator', 'operator'])
  })
})

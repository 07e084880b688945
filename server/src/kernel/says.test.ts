import { expect, it } from 'vitest'
import { render, says } from './says.ts'

const MESSAGES = {
  'a.plain': 'Nothing to fill in.',
  'a.filled': '{app} answers {status} after {ms} ms; {app} is slow.',
  'a.braces': 'Write {{name}} or {not a name} or {}.',
}

it('puts parameters in by name, each as often as it stands there', () => {
  expect(render(says('a.plain'), MESSAGES)).toBe('Nothing to fill in.')
  expect(render(says('a.filled', { app: 'Issue Templates', status: 503, ms: 0.5 }), MESSAGES)).toBe(
    'Issue Templates answers 503 after 0.5 ms; Issue Templates is slow.',
  )
  expect(render(says('a.filled', { app: 'x', status: null, ms: false }), MESSAGES)).toBe('x answers nothing after false ms; x is slow.')
})

it('takes a value as text: what looks like a parameter or a replacement pattern stays as it is', () => {
  expect(render(says('a.filled', { app: '{status} $& $1', status: 200, ms: 1 }), MESSAGES)).toBe(
    '{status} $& $1 answers 200 after 1 ms; {status} $& $1 is slow.',
  )
})

it('leaves braces alone that hold no name', () => {
  expect(render(says('a.braces', { name: 'x' }), MESSAGES)).toBe('Write {x} or {not a name} or {}.')
})

it('throws for a sentence that no list has, and for a parameter that was not given: a page never shows a hole', () => {
  expect(() => render(says('a.unknown'), MESSAGES)).toThrow('no message for "a.unknown"')
  expect(() => render(says('a.filled', { app: 'x', status: 1 }), MESSAGES)).toThrow('needs the parameter "ms"')
  for (const code of ['toString', '__proto__', 'constructor']) expect(() => render(says(code), MESSAGES)).toThrow('no message')
})

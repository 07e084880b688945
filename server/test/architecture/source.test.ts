import { expect, it } from 'vitest'
import { sourceOf } from './source.ts'

it('finds imports in all their forms, and tells those of types', () => {
  const { imports } = sourceOf(
    'a.ts',
    [
      `import a from './a.ts'`,
      `import type { B } from './b.ts'`,
      `import {`,
      `  type C,`,
      `  type D,`,
      `} from './c.ts'`,
      `import { type E, f } from './e.ts'`,
      `export { g } from './g.ts'`,
      `export type * from './h.ts'`,
      `import './i.ts'`,
      `const j = await import('./j.ts')`,
      `// import k from './k.ts'`,
      `/* import l from './l.ts' */`,
      `import * as m from 'node:fs'`,
    ].join('\n'),
  )
  expect(imports.map(({ specifier, types_only, line }) => [specifier, types_only, line])).toEqual([
    ['./a.ts', false, 1],
    ['./b.ts', true, 2],
    ['./c.ts', true, 6],
    ['./e.ts', false, 7],
    ['./g.ts', false, 8],
    ['./h.ts', true, 9],
    ['./i.ts', false, 10],
    ['./j.ts', false, 11],
    ['node:fs', false, 14],
  ])
})

it('takes comments and texts out of the code, and keeps the numbering of lines', () => {
  const { code } = sourceOf(
    'a.ts',
    [
      'const a = "Date.now()" // Date.now()',
      '/* Math.random()',
      '*/ b()',
      'const c = /Date\\.now\\(/.test(`x ${Date.now()} y`)',
      "const d = 'it // is'; e()",
    ].join('\n'),
  )
  expect(code.map((line) => line.replaceAll(/\s+/g, ' ').trim())).toEqual([
    'const a = " "',
    '',
    'b()',
    'const c = / /.test(` ${Date.now()} `)',
    "const d = ' '; e()",
  ])
})

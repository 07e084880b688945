// Lets Node run our .tsx pages without a build (docs/decisions/0004): a synchronous hook that takes the types and the JSX out.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transform } from 'sucrase'

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.tsx')) return next(url, context)
    const filePath = fileURLToPath(url)
    const { code } = transform(readFileSync(filePath, 'utf8'), {
      transforms: ['typescript', 'jsx'],
      jsxRuntime: 'automatic',
      production: true,
      preserveDynamicImport: true,
      disableESTransforms: true,
      filePath,
    })
    return { format: 'module', source: code, shortCircuit: true }
  },
})

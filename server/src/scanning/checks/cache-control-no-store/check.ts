import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { documents, fail, headers, noDocument, noDocumentMessages, pass, unanswered } from '../answers.ts'

/** Pages are kept by no cache. */
export default defineCheck({
  id: 'cache-control-no-store',
  title: { pass: 'Pages are kept by no cache', fail: 'Pages may be kept by caches' },
  fix: 'Send `Cache-Control: no-cache, no-store` with every page that shows data.',
  needs: ['pages'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N',
  messages: {
    ...noDocumentMessages('cache-control-no-store'),
    'scanning.cache-control-no-store.missing': '{where} may be kept by caches: {value}.',
    'scanning.cache-control-no-store.kept_out': '{where} forbids caches to keep it.',
  },
  judge: ({ pages }) => {
    const seen = documents(pages, /html|json/)
    if (seen.length === 0) return noDocument(pages, 'cache-control-no-store')
    const judged = seen.map((exchange) => {
      const where = exchange.url
      const value = headers(exchange, 'cache-control').join(', ')
      const words = value
        .toLowerCase()
        .split(',')
        .map((word) => word.trim())
      return words.includes('no-store')
        ? pass(says('scanning.cache-control-no-store.kept_out', { where }), where, 'cacheable', { header: value })
        : fail(
            says('scanning.cache-control-no-store.missing', { where, value: value === '' ? 'no Cache-Control' : value }),
            where,
            'cacheable',
            { header: value },
          )
    })
    return [...judged, ...unanswered(pages.silent)]
  },
})

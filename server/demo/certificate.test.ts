import { createServer } from 'node:https'
import { connect } from 'node:tls'
import { expect, it } from 'vitest'
import { authority } from './certificate.ts'

it('a certificate of the demo’s authority is accepted by a real handshake that trusts it, and by no other', async () => {
  const now = new Date()
  const ca = authority('Castellan demo', new Date(now.getTime() - 3_600_000), 30)
  const leaf = ca.issue(['app.example'], ['127.0.0.1'], new Date(now.getTime() - 3_600_000), 10)
  const server = createServer({ key: leaf.key, cert: leaf.certificate }, (_, response) => response.end('ok'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const handshake = (options: { ca?: string; servername?: string }): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, ...options }, () => {
        socket.destroy()
        resolve('accepted')
      })
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  expect(await handshake({ ca: ca.certificate })).toBe('accepted')
  expect(await handshake({ ca: ca.certificate, servername: 'app.example' })).toBe('accepted')
  expect(await handshake({ ca: ca.certificate, servername: 'other.example' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  expect(await handshake({})).toMatch(/UNABLE_TO|SELF_SIGNED/)
  await new Promise((resolve) => server.close(resolve))
})

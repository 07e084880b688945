import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { authority } from '../demo/certificate.ts'

/** A mail as a server took it: the envelope, and the letter's bytes as text. */
export type Taken = {
  readonly to: readonly string[]
  readonly from: string
  readonly secure: boolean
  readonly user: string | null
  readonly letter: string
}

export type SmtpForTest = {
  readonly port: number
  readonly taken: Taken[]
  /** The authority that its certificate comes from, PEM. */
  readonly ca: string
  readonly close: () => Promise<void>
}

/** A real SMTP server on loopback, with STARTTLS under a certificate of its own authority. */
export async function smtpForTest(options: SMTPServerOptions = {}): Promise<SmtpForTest> {
  const start = new Date(Date.now() - 3_600_000)
  const ca = authority('Castellan test mail', start, 30)
  const { certificate, key } = ca.issue(['localhost'], ['127.0.0.1', '0.0.0.0'], start, 30)
  const taken: Taken[] = []
  const server = new SMTPServer({
    cert: certificate,
    key,
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        taken.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          secure: session.secure,
          user: typeof session.user === 'string' ? session.user : null,
          letter: Buffer.concat(chunks).toString('utf8'),
        })
        done()
      })
    },
    ...options,
  })
  // A client that gives up is no error of the server's.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    taken,
    ca: ca.certificate,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
  }
}

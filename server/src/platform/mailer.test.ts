import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import { smtpForTest, type SmtpForTest } from '../../test/smtp.ts'
import { oneLine, smtpMailer, type Letter } from './mailer.ts'

const letter = (more: Partial<Letter> = {}): Letter => ({
  id: 'dlv_1',
  to: 'ada@example.com',
  subject: 'Hello',
  text: 'Text\n',
  html: '<p>Text</p>',
  ...more,
})
const FROM = 'Castellan <castellan@trust.example>'

describe('mail by SMTP', () => {
  const open: { close: () => Promise<void> }[] = []
  const start = async (options?: SMTPServerOptions): Promise<SmtpForTest> => {
    const server = await smtpForTest(options)
    open.push(server)
    return server
  }
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
  })
  const withPassword: SMTPServerOptions = {
    authOptional: false,
    onAuth: (auth, _session, done) =>
      auth.username === 'us' && auth.password === 'p@ss/word' ? done(null, { user: 'us' }) : done(new Error('535 no')),
  }

  it('goes over STARTTLS with the password of the settings, and says what it is', async () => {
    const server = await start(withPassword)
    const mailer = smtpMailer({ smtp_url: `smtp://us:p%40ss%2Fword@localhost:${server.port}`, from: FROM, extra_ca: server.ca })
    expect(await mailer.send(letter({ subject: 'Grüße ☂' }))).toEqual({ kind: 'handed' })
    expect(server.taken).toMatchObject([{ to: ['ada@example.com'], from: 'castellan@trust.example', secure: true, user: 'us' }])
    const [taken] = server.taken
    expect(taken?.letter).toContain('Message-ID: <dlv_1@trust.example>')
    expect(taken?.letter).toMatch(/auto-submitted: auto-generated/i)
    expect(taken?.letter).toContain('text/plain')
    expect(taken?.letter).toContain('text/html')
  })

  it('takes no certificate that nobody vouches for', async () => {
    const server = await start()
    const handed = await smtpMailer({ smtp_url: `smtp://localhost:${server.port}`, from: FROM }).send(letter())
    expect(handed).toMatchObject({ kind: 'not-handed', final: false })
    expect(server.taken).toEqual([])
  })

  it('sends no password to a server elsewhere that offers no TLS', async () => {
    let seen = false
    const server = await start({
      ...withPassword,
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => {
        seen = true
        done(null, { user: 'us' })
      },
    })
    // 0.0.0.0 leads here, and its name does not say that it is this machine.
    const handed = await smtpMailer({ smtp_url: `smtp://us:secret@0.0.0.0:${server.port}`, from: FROM }).send(letter())
    expect(handed).toMatchObject({ kind: 'not-handed', final: false, told: expect.stringMatching(/TLS/i) })
    expect(seen).toBe(false)
  })

  it('tries a wrong password again later, since it is ours to mend', async () => {
    const server = await start(withPassword)
    const handed = await smtpMailer({ smtp_url: `smtp://us:wrong@localhost:${server.port}`, from: FROM, extra_ca: server.ca }).send(
      letter(),
    )
    expect(handed).toMatchObject({ kind: 'not-handed', final: false, told: expect.stringContaining('EAUTH') })
  })

  it.each([
    [550, true],
    [450, false],
  ])('a recipient refused with %i is final: %s, and the reason names no address', async (responseCode, final) => {
    const server = await start({
      onRcptTo: (address, _session, done) => done(Object.assign(new Error(`<${address.address}> unknown`), { responseCode })),
    })
    const handed = await smtpMailer({ smtp_url: `smtp://localhost:${server.port}`, from: FROM, extra_ca: server.ca }).send(letter())
    expect(handed).toMatchObject({ kind: 'not-handed', final })
    expect(JSON.stringify(handed)).not.toContain('ada@')
    expect(JSON.stringify(handed)).toContain(String(responseCode))
  })

  it.each(['says nothing', 'drips', 'is not SMTP', 'hangs up'])('ends by itself with a server that %s', async (how) => {
    const sockets: Socket[] = []
    const drips: NodeJS.Timeout[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      if (how === 'drips') drips.push(setInterval(() => socket.write('2'), 20))
      if (how === 'is not SMTP') socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
      if (how === 'hangs up') socket.destroy()
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    try {
      const handed = await smtpMailer({ smtp_url: `smtp://127.0.0.1:${port}`, from: FROM, total_ms: 300 }).send(letter())
      expect(handed).toMatchObject({ kind: 'not-handed', final: false })
    } finally {
      for (const drip of drips) clearInterval(drip)
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  })

  it.each([
    ['a second header', 'Hi\r\nBcc: eve@example.com'],
    ['a bare line feed', 'Hi\nBcc: eve@example.com'],
    ['a line separator', 'Hi\u2028Bcc: eve@example.com'],
    ['a body', 'Hi\r\n\r\n<script>'],
  ])('a subject with %s stays one line and one recipient', async (_, subject) => {
    const server = await start()
    await smtpMailer({ smtp_url: `smtp://localhost:${server.port}`, from: FROM, extra_ca: server.ca }).send(letter({ subject }))
    const [taken] = server.taken
    expect(taken?.to).toEqual(['ada@example.com'])
    expect(taken?.letter).not.toMatch(/^bcc:/im)
    expect(taken?.letter.match(/^subject:/gim)).toHaveLength(1)
  })

  it.each([
    'a@example.com\r\nRCPT TO:<eve@example.com>',
    'a@example.com, eve@example.com',
    '"x" <eve@example.com>',
    'a@example.com>\r\nDATA',
  ])('an address like %j reaches nobody else', async (to) => {
    const server = await start()
    await smtpMailer({ smtp_url: `smtp://localhost:${server.port}`, from: FROM, extra_ca: server.ca, total_ms: 2_000 }).send(letter({ to }))
    expect(server.taken.flatMap((taken) => taken.to).filter((address) => address === 'eve@example.com')).toEqual([])
  })

  it('makes one line of anything', () => expect(oneLine(' a\r\n\tb\u0000c\u2029d\u202Ee ')).toBe('a b c d e'))
})

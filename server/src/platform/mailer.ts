import { createTransport } from 'nodemailer'
import { isLoopback } from './config.ts'

/** A mail as it leaves: one recipient, plain text and the same in HTML. */
export type Letter = {
  /** Name of the delivery; makes the Message-ID, so that a mail that came twice is recognised. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** What came of it. `final`: trying again would bring the same (the address does not exist); else it may be tried again. */
export type Handed = { readonly kind: 'handed' } | { readonly kind: 'not-handed'; readonly told: string; readonly final: boolean }

/** Hands mail over. Problems of the mail server are answers, not exceptions. */
export interface Mailer {
  send(letter: Letter): Promise<Handed>
}

export type MailerOptions = {
  /** `smtp://` (with STARTTLS where it is offered) or `smtps://`, from the settings and from nowhere else. */
  readonly smtp_url: string
  readonly from: string
  /** Certificates of an authority beside the usual ones, PEM. */
  readonly extra_ca?: string
  /** The longest that one mail may take. */
  readonly total_ms?: number
}

const TOTAL_MS = 60_000
const CONNECT_MS = 10_000
const SILENCE_MS = 20_000

/** Mail by SMTP. A password is never sent in the clear: with one, a server elsewhere must offer STARTTLS or is not used. */
export function smtpMailer(options: MailerOptions): Mailer {
  const url = new URL(options.smtp_url)
  const host = url.hostname.replaceAll(/^\[|\]$/g, '')
  const secure = url.protocol === 'smtps:'
  const auth = url.username === '' ? undefined : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
  const total_ms = options.total_ms ?? TOTAL_MS
  const transport = createTransport({
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && auth !== undefined && !isLoopback(host),
    ...(auth === undefined ? {} : { auth }),
    ...(options.extra_ca === undefined ? {} : { tls: { ca: options.extra_ca } }),
    connectionTimeout: Math.min(CONNECT_MS, total_ms),
    greetingTimeout: Math.min(CONNECT_MS, total_ms),
    socketTimeout: Math.min(SILENCE_MS, total_ms),
    // A letter is text that we made. It never names a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(letter) {
      const work = transport.sendMail({
        from: options.from,
        // As an object, so that an address is never read as a list or as a name with an address.
        to: { name: '', address: letter.to },
        subject: oneLine(letter.subject),
        text: letter.text,
        html: letter.html,
        messageId: `<${letter.id}@${domainOf(options.from)}>`,
        // RFC 3834: nobody's holiday note answers this.
        headers: { 'auto-submitted': 'auto-generated' },
      })
      return within(total_ms, work)
    },
  }
}

async function within(total_ms: number, work: Promise<unknown>): Promise<Handed> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Handed>((resolve) => {
    timer = setTimeout(
      () => resolve({ kind: 'not-handed', told: `the mail server took longer than ${total_ms} ms`, final: false }),
      total_ms,
    )
  })
  const done = work.then(
    (): Handed => ({ kind: 'handed' }),
    (error: unknown): Handed => refusalOf(error),
  )
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a mail server or the way to it said, without addresses, which belong to people. */
function refusalOf(error: unknown): Handed {
  const { code, responseCode, response, message } = error as { code?: string; responseCode?: number; response?: string; message?: string }
  const said = (response ?? message ?? String(error)).replaceAll(/[^\s<>]+@[^\s<>]+/g, '…')
  // 5xx about this recipient or this letter stays 5xx. About signing in or the connection, it is ours to mend.
  const final = responseCode !== undefined && responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE')
  return { kind: 'not-handed', told: oneLine(`${code ?? 'error'}: ${said}`).slice(0, 300), final }
}

/** Text for a header: whatever could end the line or hide in it becomes a space. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()

const domainOf = (from: string): string => /@([a-z0-9.-]+)/i.exec(from)?.[1] ?? 'localhost'

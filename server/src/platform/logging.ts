import { pino, type Logger } from 'pino'

/** One line a fact, as JSON, on standard error: standard output belongs to what a command answers. */
export const createLogger = (level: string): Logger =>
  pino({ level, base: null, redact: ['req.headers.authorization', 'req.headers.cookie'] }, pino.destination({ dest: 2, sync: false }))

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{server,cli,examples,programmes,bench,scripts}/**/*.test.{ts,tsx}'],
    globalSetup: ['server/test/postgresql.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // One message a line in CI; the counts come from the JSON report.
    reporters: ['default'],
  },
})

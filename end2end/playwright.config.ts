import { defineConfig } from '@playwright/test'
import { browser } from './support/browser.ts'

// Each worker starts a server of its own on a free port, so files can run beside each other.
export default defineConfig({
  testDir: 'tests',
  workers: 2,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: { ...browser, trace: 'retain-on-failure', actionTimeout: 10_000 },
  projects: [
    { name: 'chromium' },
    { name: 'no-javascript', grep: /@no-javascript/, use: { javaScriptEnabled: false } },
  ],
})

import { defineConfig } from '@playwright/test'
import { browser } from './support/browser.ts'

// Each worker starts a server of its own on a free port, so tests can run beside each other. Limits leave room for a busy machine.
export default defineConfig({
  testDir: 'tests',
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: { ...browser, trace: 'retain-on-failure', actionTimeout: 20_000 },
  projects: [
    { name: 'chromium' },
    { name: 'no-javascript', grep: /@no-javascript/, use: { javaScriptEnabled: false } },
  ],
})

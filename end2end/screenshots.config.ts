import { defineConfig } from '@playwright/test'
import { browser } from './support/browser.ts'

// `npm run screenshots`: a picture of every page into ../screenshots, for people to look at.
export default defineConfig({
  testDir: '.',
  testMatch: 'screenshots.ts',
  workers: 1,
  timeout: 900_000,
  reporter: 'list',
  use: { ...browser, actionTimeout: 10_000 },
})

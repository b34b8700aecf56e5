import { test as base, expect, type BrowserContext, type Page } from '@playwright/test'
import { Site } from './support/site.ts'
import { World, prove, type Place, type Role, type Session } from './support/world.ts'

export { expect }

/** What a page complains about, unless a test expects it. */
export interface Complaints {
  /** Everything so far. */
  readonly all: string[]
  /** Forgets complaints a test provoked. */
  allow(pattern: RegExp): void
}

interface TestFixtures {
  /** A page in a browser of its own, signed in with this role; or as this person. */
  as: (who: Role | Session) => Promise<Page>
  /** A name of this test's own. */
  name: (base: string) => string
  /** A project of this test's own with an environment and an application. */
  place: Place
  complaints: Complaints
}

interface WorkerFixtures {
  /** A server with an empty database, one per worker. */
  site: Site
  /** An organization of that server with a member of every role. */
  world: World
}

let names = 0

export const test = base.extend<TestFixtures, WorkerFixtures>({
  site: [
    async ({}, use) => {
      const site = await Site.start()
      await use(site)
      await site.stop()
    },
    { scope: 'worker' },
  ],
  world: [
    async ({ site }, use) => {
      const world = await World.setUp(site, 'Acme')
      await world.cluster('paris')
      await use(world)
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ site }, use) => use(site.url),
  extraHTTPHeaders: async ({ site }, use) => use({ 'x-forwarded-for': site.nextAddress() }),
  complaints: [
    async ({ context }, use) => {
      const complaints = listen(context)
      await use(complaints)
      expect(complaints.all, 'no page may complain in the console').toEqual([])
    },
    { auto: true },
  ],
  as: async ({ browser, world, site, contextOptions, javaScriptEnabled, viewport, complaints }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (who) => {
      const session = typeof who === 'string' ? world.people[who] : who
      await prove(session)
      const context = await browser.newContext({
        ...contextOptions,
        javaScriptEnabled,
        viewport,
        baseURL: site.url,
        extraHTTPHeaders: { 'x-forwarded-for': site.nextAddress() },
        storageState: session.state,
      })
      contexts.push(context)
      hear(context, complaints.all)
      return context.newPage()
    })
    for (const context of contexts) await context.close()
  },
  name: async ({}, use) => {
    await use((base) => {
      names += 1
      return `${base}-${process.pid.toString(36)}${names}`
    })
  },
  place: async ({ world, name }, use) => use(await world.place(name('shop'))),
})

function listen(context: BrowserContext): Complaints {
  const all: string[] = []
  hear(context, all)
  return {
    all,
    allow(pattern) {
      all.splice(0, all.length, ...all.filter((one) => !pattern.test(one)))
    },
  }
}

/**
 * Errors, warnings, exceptions and refused content. That a form or page was refused is an answer, not a
 * complaint; that a page was left before its script started, or before its style allowed the cross-fade, says something
 * about the machine only.
 */
export function hear(context: BrowserContext, all: string[]) {
  context.on('console', (message) => {
    const refused = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())
    const slow = /was preloaded using link preload but not used within a few seconds/.test(message.text())
    if (['error', 'warning'].includes(message.type()) && !refused && !slow) all.push(`${message.page()?.url()}: ${message.text()}`)
  })
  context.on('weberror', (error) => {
    const left = /ViewTransition opt-in disabled/.test(String(error.error()))
    if (!left) all.push(`${error.page()?.url()}: ${error.error()}`)
  })
}

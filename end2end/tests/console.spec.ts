import { expect, test } from '../fixtures.ts'
import { everyPage, publicPages } from '../support/pages.ts'
import { ROLES } from '../support/world.ts'

// That no page complains is also checked after every other test: see `complaints` in fixtures.ts.

test('every page loads without a complaint, its script included', async ({ as, page: outside, world, place }) => {
  test.setTimeout(180_000)
  const inside = await as('Owner')
  for (const [page, pages] of [[outside, await publicPages(world)], [inside, await everyPage(world, place)]] as const) {
    for (const { name, path } of pages) {
      const answer = await page.goto(path, { waitUntil: 'networkidle' })
      const policy = (await answer?.headerValue('content-security-policy')) ?? ''
      expect(policy, name).toContain("default-src 'none'")
      expect(policy, name).not.toContain('unsafe-inline')
      await expect(page.locator('html'), name).toHaveAttribute('lang', 'en')
    }
  }
})

test('every page of every role is answered without a server error', async ({ world, place }) => {
  test.setTimeout(120_000)
  for (const role of ROLES) {
    for (const { name, path } of await everyPage(world, place)) {
      const answer = await world.people[role].request.get(path)
      expect(answer.status(), `${name} for ${role}`).toBeLessThan(500)
    }
  }
})

test('no page asks another site for anything', async ({ as, world, place, site }) => {
  const page = await as('Owner')
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url) && !request.url().startsWith('data:')) elsewhere.push(request.url())
  })
  for (const path of [world.path, `${place.servicePath}/variables`, `${world.path}/settings/members`]) await page.goto(path, { waitUntil: 'networkidle' })
  expect(elsewhere).toEqual([])
})

test('no page has a style attribute, an inline handler or a script without the nonce', async ({ as, world, place }) => {
  const page = await as('Owner')
  const found: string[] = []
  for (const { name, path } of await everyPage(world, place)) {
    const html = await (await page.request.get(path)).text()
    for (const bad of html.matchAll(/<[^>]*\s(style|on[a-z]+)=|<script(?![^>]*\bnonce=)[^>]*>/g)) found.push(`${name}: ${bad[0].slice(0, 120)}`)
  }
  expect(found).toEqual([])
})

test('what the browser keeps of this site is allowed to no other site', async ({ page, world }) => {
  const answer = await page.goto('/sign-in')
  const headers = (await answer?.allHeaders()) ?? {}
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  })
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  const link = await world.invite(`headers.${process.pid}@example.com`, 'Viewer')
  expect((await page.goto(link))?.headers()['referrer-policy']).toBe('no-referrer')
})

test('files of the console are kept for ever under names of their content', async ({ page }) => {
  const files: string[] = []
  page.on('response', async (response) => {
    if (!response.url().includes('/pkg/')) return
    files.push(response.url())
    expect(response.headers()['cache-control'], response.url()).toContain('immutable')
  })
  await page.goto('/sign-in', { waitUntil: 'networkidle' })
  expect(files.some((url) => url.endsWith('.wasm'))).toBe(true)
  expect(files.some((url) => url.endsWith('.css'))).toBe(true)
})

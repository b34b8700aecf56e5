import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { expectHeading, expectNoRow, expectRow, open, press } from '../verbs.ts'

// With the console's script and without any.
const both = { tag: '@no-javascript' }

/** A key of a test's own. */
const keyOf = (name: string) => name.replace(/\W/g, '_').toUpperCase()

/** Searches on the page, by typing and Enter. */
async function search(page: Page, path: string, text: string) {
  await page.goto(path)
  const field = page.getByRole('searchbox', { name: 'Search this organization' })
  await field.fill(text)
  await field.press('Enter')
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === text)
}

test.describe('the page of the search', () => {
  test('finds a key wherever one may read it, and leads there', both, async ({ as, name, place, world }) => {
    const key = keyOf(name('stripe'))
    await world.variable(place.projectPath, `${key}_URL`, 'https://pay.example')
    await world.variable(place.servicePath, `${key}_TOKEN`, 'nobody finds this again', 'secret', { description: 'For the till' })
    const page = await as('Viewer')
    await search(page, `${world.path}/search`, key.toLowerCase())
    await expectRow(page, { 'Variable/Key': `${key}_URL`, Where: place.project, Scope: 'Project' })
    await expectRow(page, { 'Variable/Key': `${key}_TOKEN`, Where: place.environment, Scope: 'Service' })
    await expect(page.getByText('2 results')).toBeVisible()
    await page.getByRole('link', { name: `${key}_TOKEN` }).click()
    await expect(page).toHaveURL(new RegExp(`${place.servicePath}/variables\\?edit=`))
    await expect(page.getByRole('dialog')).toContainText('For the till')
  })

  test('is narrowed by qualifiers, typed or chosen', both, async ({ as, name, place, world }) => {
    const key = keyOf(name('narrow'))
    await world.variable(place.servicePath, `${key}_PLAIN`, 'value')
    await world.variable(place.servicePath, `${key}_SECRET`, 'another value', 'secret')
    const page = await as('DevOps')
    await search(page, `${world.path}/search`, `${key} project:${place.project}`)
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('link', { name: 'Secret type:secret' }).click()
    await expect(page).toHaveURL((url) => url.searchParams.get('q') === `${key} project:${place.project} type:secret`)
    await expectRow(page, { 'Variable/Key': `${key}_SECRET`, Where: place.service })
    await expectNoRow(page, `${key}_PLAIN`)
  })

  test('finds places and pages by name', both, async ({ as, place, world }) => {
    const page = await as('Viewer')
    await search(page, `${world.path}/search`, place.project)
    await page.getByRole('list', { name: 'Places' }).getByRole('link', { name: place.project, exact: true }).click()
    await expectHeading(page, place.project)
    await search(page, `${world.path}/search`, 'invitations')
    await page.getByRole('list', { name: 'Pages' }).getByRole('link', { name: 'Members' }).click()
    await expectHeading(page, 'Members')
  })

  test('shows nobody what their role hides, and never what is stored', both, async ({ as, name, place, world }) => {
    const key = keyOf(name('hidden'))
    await world.variable(place.servicePath, key, 'a-value-that-is-stored')
    const cases = [
      ['Billing Manager', key],
      ['Billing Manager', place.project],
      ['Viewer', 'audit'],
      ['Owner', 'a-value-that-is-stored'],
    ] as const
    for (const [role, text] of cases) {
      const page = await as(role)
      await search(page, `${world.path}/search`, text)
      await expect(page.getByText('Nothing matches'), `${text} for ${role}`).toBeVisible()
    }
  })

  test('says what can be searched, by examples', both, async ({ as, world }) => {
    const page = await as('Viewer')
    await page.goto(`${world.path}/search`)
    await expect(page.getByRole('heading', { name: 'What can be searched' })).toBeVisible()
    await page.getByRole('link', { name: 'key:DATABASE_URL' }).click()
    await expect(page.getByRole('searchbox', { name: 'Search this organization' })).toHaveValue('key:DATABASE_URL')
  })

  test('is where the rail leads, where no script opens the palette', both, async ({ as, world, javaScriptEnabled }) => {
    const page = await as('Viewer')
    await page.goto(world.path)
    if (javaScriptEnabled) await open(page, world.path)
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Search' }).click()
    if (javaScriptEnabled) await expect(palette(page)).toBeVisible()
    else await expectHeading(page, 'Search')
  })
})

const palette = (page: Page) => page.getByRole('dialog', { name: 'Search everything' })
const field = (page: Page) => palette(page).getByRole('combobox', { name: 'Search everything' })

test.describe('the palette', () => {
  test('is opened, searched and followed with the keyboard alone', async ({ as, name, place, world }) => {
    const key = keyOf(name('palette'))
    await world.variable(place.projectPath, `${key}_ONE`, '1')
    await world.variable(place.servicePath, `${key}_TWO`, '2')
    const page = await as('Viewer')
    await open(page, world.path)
    await page.keyboard.press('Control+k')
    await expect(field(page)).toBeFocused()
    await expect(palette(page).getByRole('option', { name: /^Members/ })).toBeVisible()
    await page.keyboard.type(key.toLowerCase())
    const [one, two] = ['ONE', 'TWO'].map((end) => palette(page).getByRole('option', { name: new RegExp(`${key}_${end}`) }))
    await expect(one!).toHaveAttribute('aria-selected', 'true')
    await expect(palette(page).getByRole('status')).toHaveText('2 results')
    await page.keyboard.press('ArrowDown')
    await expect(two!).toHaveAttribute('aria-selected', 'true')
    await expect(one!).toHaveAttribute('aria-selected', 'false')
    await expect(field(page)).toHaveAttribute('aria-activedescendant', (await two!.getAttribute('id')) ?? '')
    await expect(field(page)).toBeFocused()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await expect(one!, 'after the last comes the first').toHaveAttribute('aria-selected', 'true')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(new RegExp(`${place.servicePath}/variables\\?edit=`))
    await expect(page.getByRole('dialog')).toContainText(`${key}_TWO`)
  })

  test('gives the focus back, and leaves what is behind it as it was', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?new=plain`)
    const value = page.getByLabel('Value', { exact: true })
    await value.fill('half typed')
    await page.keyboard.press('Control+k')
    await expect(field(page)).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(palette(page)).toBeHidden()
    await expect(value).toBeFocused()
    await expect(value).toHaveValue('half typed')
    await expect(page).toHaveURL(/new=plain/)
    await page.keyboard.press('Control+k')
    await press(page, 'Close')
    await expect(palette(page)).toBeHidden()
    await expect(value).toBeFocused()
  })

  test('leads to the page of the search when nothing is listed yet', async ({ as, world }) => {
    const page = await as('Viewer')
    await open(page, world.path)
    await page.route('**/rpc/search/find', () => {})
    await page.keyboard.press('Control+k')
    await expect(field(page)).toBeFocused()
    await page.keyboard.type('members')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/\/search\?q=members$/)
    await expect(page.getByRole('main').getByRole('searchbox')).toHaveValue('members')
  })

  test('says when it gets no answer', async ({ as, world }) => {
    const page = await as('Viewer')
    await open(page, world.path)
    await page.route('**/rpc/search/find', (route) => route.fulfill({ status: 404 }))
    await page.keyboard.press('Control+k')
    await expect(palette(page).getByRole('status')).toHaveText('The search does not answer. Enter opens its own page.')
  })

  test('shows what was typed last, however late the answers come', async ({ as, name, place, world }) => {
    const key = keyOf(name('late'))
    await world.variable(place.servicePath, key, '1')
    const page = await as('Viewer')
    await open(page, world.path)
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/rpc/search/find', async (route) => {
      if (!route.request().postData()?.includes(key)) await held
      await route.continue().catch(() => {})
    })
    await page.keyboard.press('Control+k')
    await expect(field(page)).toBeFocused()
    await page.keyboard.type(key)
    const option = palette(page).getByRole('option', { name: key })
    await expect(option).toBeVisible()
    release()
    await expect(palette(page).getByRole('status')).toHaveText('1 result')
    await expect(option).toBeVisible()
  })

  test('passes axe while it lists something, also on a phone', async ({ as, place, world }) => {
    const page = await as('Owner')
    for (const viewport of [{ width: 1440, height: 900 }, { width: 360, height: 740 }]) {
      await page.setViewportSize(viewport)
      await open(page, world.path)
      await page.keyboard.press('Control+k')
      await page.keyboard.type(place.project)
      await expect(palette(page).getByRole('option', { name: place.project }).first()).toHaveAttribute('aria-selected', 'true')
      const { violations } = await new AxeBuilder({ page }).include('#palette').analyze()
      expect(violations.map(({ id }) => id)).toEqual([])
      expect(await page.evaluate(() => document.scrollingElement?.scrollWidth)).toBeLessThanOrEqual(viewport.width)
    }
  })
})

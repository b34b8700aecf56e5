import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { everyPage, publicPages, type PageOfConsole } from '../support/pages.ts'
import { act, expectNoRow, expectRow, open, ready } from '../verbs.ts'

const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 390, height: 844 }
const NARROWEST = { width: 360, height: 740 }

test.describe('every page', () => {
  for (const theme of ['light', 'dark'] as const) {
    for (const [size, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
      test(`passes axe, ${theme} and ${size}`, async ({ as, page: outside, world, place }) => {
        test.setTimeout(900_000)
        await world.variable(place.servicePath, 'DATABASE_URL', 'postgres://app:0123456789@db/app', 'secret')
        const inside = await as('Owner')
        const findings: string[] = []
        for (const [page, pages] of [[outside, await publicPages(world)], [inside, await everyPage(world, place)]] as const) {
          await page.emulateMedia({ colorScheme: theme })
          await page.setViewportSize(viewport)
          for (const one of pages) findings.push(...(await scan(page, one, theme)))
        }
        expect(findings).toEqual([])
      })
    }
  }

  test('fits a phone of 360 px without scrolling sideways', async ({ as, page: outside, world, place }) => {
    test.setTimeout(600_000)
    const inside = await as('Owner')
    await world.variable(place.servicePath, 'A_KEY_THAT_IS_LONG_ENOUGH_TO_NEED_MORE_THAN_ONE_LINE_ON_A_PHONE', 'x'.repeat(400))
    const tooWide: string[] = []
    for (const [page, pages] of [[outside, await publicPages(world)], [inside, await everyPage(world, place)]] as const) {
      await page.setViewportSize(NARROWEST)
      for (const { name, path } of pages) {
        await page.goto(path)
        const width = await page.evaluate(() => document.scrollingElement?.scrollWidth ?? 0)
        if (width > NARROWEST.width) tooWide.push(`${name}: ${width} px`)
      }
    }
    expect(tooWide).toEqual([])
  })

  test('has one heading of the first level, a title and a language', async ({ as, page: outside, world, place }) => {
    test.setTimeout(600_000)
    const inside = await as('Owner')
    const titles = new Map<string, string>()
    for (const [page, pages] of [[outside, await publicPages(world)], [inside, await everyPage(world, place)]] as const) {
      for (const { name, path } of pages) {
        await page.goto(path)
        await expect(page.locator('html'), name).toHaveAttribute('lang', 'en')
        await expect(page.getByRole('heading', { level: 1 }), name).toHaveCount(1)
        const title = await page.title()
        expect(title, name).toMatch(/Gatehouse/)
        titles.set(name, title)
      }
    }
    expect(titles.get('the variables of a service')).not.toBe(titles.get('the variables of a project'))
  })
})

test.describe('with the keyboard alone', () => {
  test('a variable is added', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables`)
    await tabTo(page, 'Add variable')
    await page.keyboard.press('Enter')
    await ready(page)
    const key = page.getByLabel('Variable/Key', { exact: true })
    await expect(key).toBeFocused()
    await page.keyboard.type('TYPED_BY_HAND')
    await tabTo(page, 'Plain')
    await page.keyboard.press('ArrowRight')
    await expect(page.getByRole('radio', { name: 'Secret' })).toBeChecked()
    await page.keyboard.press('ArrowLeft')
    await tabTo(page, 'Value')
    await page.keyboard.type('with care')
    await tabTo(page, 'Save')
    await page.keyboard.press('Enter')
    await expectRow(page, { 'Variable/Key': 'TYPED_BY_HAND', Value: 'with care' })
  })

  test('Escape leaves a panel, and the page is as before', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables`)
    await page.getByRole('link', { name: 'Add variable' }).first().click()
    await ready(page)
    await page.keyboard.press('Escape')
    await expect(page).toHaveURL(new RegExp(`${place.servicePath}/variables$`))
  })

  test('leaving a dialog leads back to the button of the menu it was opened from', async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'STAYS', 'x')
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables`)
    const menu = page.getByRole('button', { name: 'Actions for STAYS' })
    await menu.press('Enter')
    await page.getByRole('link', { name: 'Delete', exact: true }).press('Enter')
    await ready(page)
    const cancel = page.getByRole('dialog').getByRole('link', { name: 'Cancel' })
    await expect(cancel).toBeFocused()
    await cancel.press('Enter')
    await expect(menu).toBeFocused()
  })

  test('after a deletion the focus is on the heading of the page', async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'GOES', 'x')
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables`)
    await act(page, 'GOES', 'Delete')
    await ready(page)
    await page.getByRole('button', { name: 'Delete variable' }).press('Enter')
    await expectNoRow(page, 'GOES')
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  })

  test('a filter is chosen entry by entry, and the list is loaded when it is applied', async ({ as, world }) => {
    const page = await as('Owner')
    await open(page, `${world.path}/settings/audit-logs`)
    const loads: string[] = []
    page.on('request', (request) => {
      if (request.isNavigationRequest()) loads.push(request.url())
    })
    const range = page.getByLabel('Time range')
    await range.press('ArrowDown')
    await range.press('ArrowDown')
    await expect(range).toHaveValue('1h')
    await page.getByRole('button', { name: 'Apply filters' }).press('Enter')
    await expect(page).toHaveURL(/[?&]range=1h(&|$)/)
    expect(loads).toHaveLength(1)
  })

  test('what is focused can be seen', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables`)
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab')
      const focus = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement ?? document.body)
        const name = document.activeElement?.outerHTML.slice(0, 120)
        return { name, seen: style.outlineStyle !== 'none' || style.boxShadow !== 'none' }
      })
      expect(focus.seen, focus.name).toBe(true)
    }
  })

  test('the first stop of a page skips to its content', async ({ as, world }) => {
    const page = await as('Viewer')
    await open(page, world.path)
    await page.keyboard.press('Tab')
    await expect(page.locator(':focus')).toHaveText(/Skip/)
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/#main$/)
  })
})

test('a filter chosen by mouse is applied at once', async ({ as, world }) => {
  const page = await as('Owner')
  await open(page, `${world.path}/settings/audit-logs`)
  const range = page.getByLabel('Time range')
  await range.dispatchEvent('pointerdown')
  await range.selectOption({ label: 'Last hour' })
  await expect(page).toHaveURL(/[?&]range=1h(&|$)/)
})

test('a control that may not be used can be reached and says why', async ({ as, place }) => {
  const page = await as('Viewer')
  await open(page, `${place.servicePath}/variables`)
  const add = page.getByRole('button', { name: 'Add variable' })
  await add.focus()
  await expect(add).toBeFocused()
  await expect(add).toHaveAccessibleDescription(/Add\/Edit\/Delete environment variables and secrets/)
  await expect(page.getByRole('tooltip')).toBeVisible()
})

/** What axe finds on a page, in words. A theme changes colours only, so the dark one is scanned for those alone. */
async function scan(page: Page, { name, path }: PageOfConsole, theme: 'light' | 'dark'): Promise<string[]> {
  await page.goto(path)
  const axe = new AxeBuilder({ page })
  const { violations } = await (theme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${name}: ${id}: ${node.target.join(' ')} ${node.failureSummary?.replace(/\s+/g, ' ').slice(0, 200)}`))
}

/** Presses Tab until the control of this name has the focus. */
async function tabTo(page: Page, name: string) {
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate((name) => {
      const focused = document.activeElement as HTMLInputElement | null
      const label = focused?.labels?.[0]?.textContent ?? focused?.getAttribute('aria-label') ?? focused?.textContent ?? ''
      return label.trim().startsWith(name)
    }, name)
    if (found) return
  }
  throw new Error(`Tab never reached ${name}`)
}

import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { act, expectNoRow, expectRow, expectSaid, open, press, ready, row } from '../verbs.ts'

// With the console's script and without any.
const both = { tag: '@no-javascript' }

/** The headings and keys of the list that are in sight, from the top down. */
async function expectInOrder(page: Page, names: string[]) {
  const heads = page.getByRole('table', { name: /^Variables of/ }).getByRole('rowheader').filter({ visible: true })
  await expect(heads).toHaveText(names.map((name) => new RegExp(`^\\s*${name}(?!\\w)`)))
}

const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name)

async function search(page: Page, text: string) {
  const field = page.getByRole('searchbox', { name: 'Search variables' })
  await field.fill(text)
  await field.press('Enter')
  await expect(page).toHaveURL((url) => (url.searchParams.get('q') ?? '') === text)
}

test.describe('the list of variables', () => {
  test('is ordered by its heads, and stays so', both, async ({ as, place, world, javaScriptEnabled }) => {
    for (const key of ['MIDDLE', 'ALPHA', 'ZULU']) await world.variable(place.servicePath, key, '1')
    const page = await as('DevOps')
    const path = `${place.servicePath}/variables`
    await page.goto(path)
    if (javaScriptEnabled) await ready(page)
    await expectInOrder(page, ['ALPHA', 'MIDDLE', 'ZULU'])
    await page.getByRole('columnheader', { name: 'Updated' }).getByRole('link').click()
    await expect(page).toHaveURL((url) => url.searchParams.get('sort') === 'updated')
    await expectInOrder(page, ['ZULU', 'ALPHA', 'MIDDLE'])
    await expect(page.getByRole('columnheader', { name: 'Updated' })).toHaveAttribute('aria-sort', 'descending')
    if (javaScriptEnabled) await ready(page)
    await act(page, 'ALPHA', 'Edit')
    await expect(page).toHaveURL((url) => url.searchParams.has('edit') && url.searchParams.get('sort') === 'updated')
    await page.getByRole('link', { name: 'Cancel' }).click()
    await expect(page).toHaveURL((url) => !url.searchParams.has('edit') && url.searchParams.get('sort') === 'updated')
    if (javaScriptEnabled) await ready(page)
    await search(page, 'l')
    expect(parameter(page, 'sort')).toBe('updated')
    await expectInOrder(page, ['ZULU', 'ALPHA', 'MIDDLE'])
    await search(page, 'alpha')
    await expectInOrder(page, ['ALPHA'])
    await page.getByRole('columnheader', { name: 'Variable/Key' }).getByRole('link').click()
    await expect(page).toHaveURL((url) => !url.searchParams.has('sort') && url.searchParams.get('q') === 'alpha')
  })

  test('is put under headings, which go with their rows', both, async ({ as, place, world, javaScriptEnabled }) => {
    for (const key of ['DB_PORT', 'LONELY', 'DB_HOST']) await world.variable(place.servicePath, key, '1')
    const page = await as('Viewer')
    await page.goto(`${place.servicePath}/variables?sort=updated`)
    if (javaScriptEnabled) await ready(page)
    await press(page, 'Group')
    await page.getByRole('link', { name: 'Prefix', exact: true }).click()
    await expect(page).toHaveURL((url) => url.searchParams.get('group') === 'prefix')
    await expectInOrder(page, ['DB', 'DB_HOST', 'DB_PORT', 'Other', 'LONELY'])
    if (javaScriptEnabled) await ready(page)
    await search(page, 'lonely')
    await expectInOrder(page, ['Other', 'LONELY'])
    await page.getByRole('link', { name: 'Remove filter Group: Prefix' }).click()
    await expect(page).toHaveURL((url) => !url.searchParams.has('group') && url.searchParams.get('q') === 'lonely')
    await expectInOrder(page, ['LONELY'])
  })

  test('says how many rows are ticked, and ticks all that are shown', async ({ as, place, world }) => {
    for (const key of ['FIRST_PORT', 'SECOND_PORT', 'HOST']) await world.variable(place.servicePath, key, '1')
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables`)
    const everything = page.getByRole('checkbox', { name: 'Select all shown' })
    const tick = (key: string) => page.getByRole('checkbox', { name: `Select ${key}`, exact: true })
    await search(page, 'port')
    await expectNoRow(page, 'HOST')
    await everything.check()
    await expectSaid(page, '2 selected')
    await search(page, '')
    await expect(tick('FIRST_PORT')).toBeChecked()
    await expect(tick('HOST')).not.toBeChecked()
    await expect(everything).not.toBeChecked()
    await tick('HOST').check()
    await expectSaid(page, '3 selected')
    await expect(everything).toBeChecked()
    await everything.uncheck()
    for (const key of ['FIRST_PORT', 'SECOND_PORT', 'HOST']) await expect(tick(key)).not.toBeChecked()
  })
})

test.describe('the row above the list', () => {
  test('adds one variable after the other from the keyboard', both, async ({ as, place, javaScriptEnabled }) => {
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables?sort=updated`)
    const key = page.getByLabel('New key', { exact: true })
    await key.focus()
    for (const [name, value] of [['TYPED_ONE', 'one'], ['TYPED_TWO', 'two']] as const) {
      if (javaScriptEnabled) await ready(page)
      await page.keyboard.type(name)
      await page.keyboard.press('Tab')
      await page.keyboard.type(value)
      await page.keyboard.press('Enter')
      await expectSaid(page, `${name} saved.`)
      await expectRow(page, { 'Variable/Key': name, Value: value, Scope: 'Service' })
      await expect(key).toBeFocused()
      await expect(key).toHaveValue('')
    }
    await expect(page).toHaveURL((url) => url.searchParams.get('sort') === 'updated' && !/two/i.test(url.search))
    await expectInOrder(page, ['TYPED_TWO', 'TYPED_ONE'])
    await act(page, 'TYPED_ONE', 'Edit')
    await expect(page).toHaveURL((url) => url.searchParams.has('edit') && !url.searchParams.has('quick'))
  })

  test('says what is wrong beside its fields', both, async ({ as, place, world, javaScriptEnabled }) => {
    await world.variable(place.servicePath, 'PORT', '8080')
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables`)
    if (javaScriptEnabled) await ready(page)
    const key = page.getByLabel('New key', { exact: true })
    await key.fill('1X')
    await page.getByLabel('New value', { exact: true }).fill('typed with care')
    await press(page, 'Add')
    await expect(key).toHaveAttribute('aria-invalid', 'true')
    await expect(key).toHaveAccessibleDescription(/cannot start with a digit/)
    await expect(key).toBeFocused()
    expect(page.url()).not.toContain('care')
    if (javaScriptEnabled) await expect(page.getByLabel('New value', { exact: true })).toHaveValue('typed with care')
    await expect(row(page, 'PORT')).toHaveCount(1)
  })

  test('is not for those who may only read', both, async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'PORT', '8080')
    const page = await as('Viewer')
    await page.goto(`${place.servicePath}/variables`)
    await expectRow(page, { 'Variable/Key': 'PORT', Value: '8080' })
    await expect(page.getByLabel('New key', { exact: true })).toHaveCount(0)
    await expect(page.getByRole('checkbox')).toHaveCount(0)
  })
})

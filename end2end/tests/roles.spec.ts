import type { Locator, Page } from '@playwright/test'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '../fixtures.ts'
import { save } from '../support/world.ts'
import { act, addVariable, choose, expectHeading, expectNoRow, expectRow, expectSaid, fill, open, press, ready, row } from '../verbs.ts'

// With the console's script and without any.
const both = { tag: '@no-javascript' }

test.describe('a role of one\'s own', () => {
  test('is made, edited and reviewed by keyboard alone, and counts from the member\'s next click', async ({ as, world, name }) => {
    const shop = await world.place(name('shop'), 'staging', 'api', 'STAGING')
    const other = await world.place(name('ledger'))
    const team = name('Payments team')
    const page = await as('Owner')
    await open(page, `${world.path}/settings/roles`)
    await tabTo(page, page.getByRole('link', { name: 'New role' }))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\?new/)
    await ready(page)
    await expect(page.getByLabel('Name', { exact: true })).toBeFocused()
    await page.keyboard.type(team)
    await tabTo(page, page.getByLabel('Start from'))
    await page.keyboard.type('Viewer')
    await tabTo(page, page.getByRole('button', { name: 'Create role' }))
    await page.keyboard.press('Enter')
    await expectHeading(page, team)
    await ready(page)

    await tabTo(page, page.getByRole('button', { name: 'Set all visible rows to…' }))
    await page.keyboard.press('Enter')
    await tabTo(page, page.getByRole('button', { name: 'No access', exact: true }))
    await page.keyboard.press('Enter')
    await tabTo(page, page.getByRole('checkbox', { name: `Environment types of ${shop.project}` }))
    await page.keyboard.press('Enter')
    await tabTo(page, group(page, `${shop.project}, Staging`))
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await expect(level(page, `${shop.project}, Staging`, 'Deploy')).toBeChecked()
    await expect(project(page, shop.project)).toContainText('Mixed')
    await tabTo(page, page.getByRole('button', { name: 'Review' }))
    await page.keyboard.press('Enter')
    await expectHeading(page, 'Review')
    await ready(page)
    await expectRow(page, { Row: `${shop.project} / Staging`, From: 'Read-only', To: 'Deploy' })
    await expect(page.getByText('Nobody has this role yet')).toBeVisible()
    await tabTo(page, page.getByRole('button', { name: 'Save', exact: true }))
    await page.keyboard.press('Enter')
    await expectSaid(page, 'It counts from their next click')

    const pam = await world.join('Viewer', 'Pam Okoye')
    const hers = await as(pam)
    await open(hers, `${other.projectPath}/overview`)
    await expectHeading(hers, other.project)
    await world.giveCustomRole(pam, new URL(page.url()).pathname)
    const gone = await hers.goto(`${other.projectPath}/overview`)
    expect(gone?.status()).toBe(404)
    await hers.goto(`${shop.servicePath}/variables`)
    await ready(hers)
    await addVariable(hers, { key: 'RETRIES', type: 'Plain', value: '3', scope: 'Service' })
    await expectRow(hers, { 'Variable/Key': 'RETRIES', Value: '3' })
    const rail = hers.getByRole('navigation', { name: 'Main' })
    await expect(rail.getByRole('link', { name: shop.project })).toBeVisible()
    await expect(rail.getByRole('link', { name: other.project })).toHaveCount(0)
  })

  test('is made, edited and saved', both, async ({ as, world, place, name, javaScriptEnabled }) => {
    const team = name('Readers')
    const page = await as('Admin')
    await page.goto(`${world.path}/settings/roles`)
    await page.getByRole('link', { name: 'New role' }).click()
    await fill(page, { Name: team, Description: 'Read and deploy' })
    await press(page, 'Create role')
    await expectHeading(page, team)
    await settled(page, javaScriptEnabled)
    await level(page, `${place.project}, all environment types`, 'Read-only').check()
    await page.getByRole('checkbox', { name: `Environment types of ${place.project}` }).check()
    await level(page, `${place.project}, Production`, 'Manage').check()
    await press(page, 'Review')
    await expectHeading(page, 'Review')
    await expectRow(page, { Row: `${place.project} / Production`, From: 'No access', To: 'Manage' })
    await expectRow(page, { Row: `${place.project} / Preview`, From: 'No access', To: 'Read-only' })
    await settled(page, javaScriptEnabled)
    await page.getByRole('link', { name: 'Back to editing' }).click()
    await settled(page, javaScriptEnabled)
    await expect(level(page, `${place.project}, Production`, 'Manage')).toBeChecked()
    await expect(page.getByText('can create environments of these types on no cluster')).toBeVisible()
    await level(page, `${place.project}, all environment types`, 'Full access').check()
    await expect(page.getByText('included in Full access').filter({ visible: true }).first()).toBeVisible()
    await press(page, 'Review')
    await expectRow(page, { Row: place.project, From: 'No access', To: 'Full access' })
    await settled(page, javaScriptEnabled)
    await press(page, 'Save')
    await expectSaid(page, 'Saved.')
    await expect(level(page, `${place.project}, all environment types`, 'Full access')).toBeChecked()
    await expect(page.getByText('Version 2')).toBeVisible()

    await settled(page, javaScriptEnabled)
    await page.getByRole('button', { name: /^Undo/ }).click()
    await expectHeading(page, 'Review')
    await expectRow(page, { Row: place.project, From: 'Full access', To: 'No access' })
    await settled(page, javaScriptEnabled)
    await press(page, 'Discard')
    await expectHeading(page, team)
  })

  test('is refused a name that reads like a built-in role', both, async ({ as, world, javaScriptEnabled }) => {
    const page = await as('Admin')
    await page.goto(`${world.path}/settings/roles?new`)
    await settled(page, javaScriptEnabled)
    await fill(page, { Name: '0wner' })
    await press(page, 'Create role')
    await expect(page.getByLabel('Name', { exact: true })).toHaveAccessibleDescription(/built-in role/)
  })

  test('is deleted with another role for those who have it', both, async ({ as, world, place, name, javaScriptEnabled }) => {
    const team = name('Leavers')
    // Started from DevOps, it deploys what there is.
    expect(place.project).toBeTruthy()
    const path = await world.role(team, 'devops')
    const mia = await world.join('Viewer', 'Mia Lund')
    await world.giveCustomRole(mia, path)
    const page = await as('Owner')
    await page.goto(`${world.path}/settings/roles`)
    await settled(page, javaScriptEnabled)
    await act(page, team, 'Delete')
    await expect(page.getByRole('dialog')).toContainText('Mia Lund')
    await expect(page.getByRole('link', { name: 'Cancel' })).toBeFocused()
    await choose(page, 'They get', 'Viewer')
    await press(page, 'Continue')
    await expect(page.getByRole('dialog')).toContainText('can no longer')
    await settled(page, javaScriptEnabled)
    await fill(page, { [`Type ${team} to confirm`]: 'something else' })
    await press(page, 'Delete role')
    await expect(page.getByLabel(`Type ${team} to confirm`)).toHaveAccessibleDescription(/exactly as it is shown/)
    await fill(page, { [`Type ${team} to confirm`]: team })
    await press(page, 'Delete role')
    await expectSaid(page, `Role ${team} deleted.`)
    await expectNoRow(page, team)
    await page.goto(`${world.path}/settings/members?q=${encodeURIComponent(mia.email)}`)
    await expectRow(page, { Person: 'Mia Lund', Role: 'Viewer' })
  })
})

test.describe('two people at one role', () => {
  test('see both versions before one is saved over the other', async ({ as, world, place, name }) => {
    const path = await world.role(name('Shared'))
    const [hers, his] = [await as('Owner'), await as('Admin')]
    for (const page of [hers, his]) await open(page, path)
    await level(hers, `${place.project}, all environment types`, 'Deploy').check()
    await press(hers, 'Review')
    await hers.waitForURL(/review/)
    await ready(hers)
    await press(hers, 'Save')
    await expectSaid(hers, 'Saved.')

    await level(his, `${place.project}, all environment types`, 'Read-only').check()
    await press(his, 'Review')
    await expect(his.getByText(/saved this role after you began/)).toBeVisible()
    const theirs = his.getByRole('table', { name: 'What they changed' })
    await expect(theirs.getByRole('row').filter({ hasText: `${place.project} / Staging` })).toContainText(/No access.*Deploy/)
    const ours = his.getByRole('table', { name: 'What this edit changes' })
    await expect(ours.getByRole('row').filter({ hasText: `${place.project} / Staging` })).toContainText(/Deploy.*Read-only/)
    await ready(his)
    await press(his, 'Save over their version')
    await expectSaid(his, 'Saved.')
    await expect(level(his, `${place.project}, all environment types`, 'Read-only')).toBeChecked()
  })

  test('are led back to the review when the world moved', both, async ({ as, world, place, name, javaScriptEnabled }) => {
    const path = await world.role(name('Moving'))
    const id = await projectId(world.owner, path, place.project)
    await save(world.owner, path, '/rpc/roles/draft', { [`levels[project.${id}]`]: 'VIEWER' })
    const page = await as('Owner')
    await page.goto(`${path}?review`)
    await settled(page, javaScriptEnabled)
    await world.editRole(path, { [`levels[project.${id}]`]: 'DEPLOYER' }, world.people.Admin.request)
    await press(page, 'Save')
    await expect(page.getByRole('alert')).toContainText('Not saved yet')
    await settled(page, javaScriptEnabled)
    await press(page, 'Save over their version')
    await expectSaid(page, 'Saved.')
  })
})

test.describe('the matrix', () => {
  test('knows its keys', async ({ as, world, name }) => {
    const place = await world.place(name('keys'))
    const path = await world.role(name('Keys'))
    const page = await as('Owner')
    await open(page, `${path}?types=all&q=${place.project}`)
    const production = group(page, `${place.project}, Production`)
    await tabTo(page, production)
    await page.keyboard.press('End')
    await expect(level(page, `${place.project}, Production`, 'Manage')).toBeChecked()
    await expect(page.getByText('1 unsaved change', { exact: true })).toBeVisible()
    await page.keyboard.press('Shift+ArrowDown')
    await expect(level(page, `${place.project}, Staging`, 'Manage')).toBeFocused()
    await page.keyboard.press('Home')
    await expect(level(page, `${place.project}, Staging`, 'No access')).toBeChecked()
    await page.keyboard.press('ArrowRight')
    await expect(level(page, `${place.project}, Staging`, 'Read-only')).toBeChecked()
    await expect(page.getByText('2 unsaved changes')).toBeVisible()
    await expect(row(page, 'Staging').first()).toContainText('changed')
    await page.getByRole('button', { name: 'Discard' }).click()
    await expect(level(page, `${place.project}, all environment types`, 'No access')).toBeChecked()
    await expect(page.getByText(/unsaved change/)).toBeHidden()
  })

  test('keeps a project\'s head row and its types in step', async ({ as, world, place, name }) => {
    const path = await world.role(name('Steps'))
    const page = await as('Owner')
    await open(page, `${path}?types=all`)
    await level(page, `${place.project}, all environment types`, 'Deploy').check()
    for (const type of ['Production', 'Staging', 'Development', 'Preview']) await expect(level(page, `${place.project}, ${type}`, 'Deploy')).toBeChecked()
    await level(page, `${place.project}, Preview`, 'Manage').check()
    await expect(project(page, place.project).getByText('Mixed')).toBeVisible()
    await expect(group(page, `${place.project}, all environment types`).getByRole('radio', { checked: true })).toHaveCount(0)
    await level(page, `${place.project}, Preview`, 'Deploy').check()
    await expect(level(page, `${place.project}, all environment types`, 'Deploy')).toBeChecked()
  })

  test('shows what one looks for', both, async ({ as, world, name, javaScriptEnabled }) => {
    const [one, two] = [await world.place(name('needle')), await world.place(name('haystack'))]
    const path = await world.role(name('Filtered'))
    await world.editRole(path, { [`levels[project.${await projectId(world.owner, path, two.project)}]`]: 'VIEWER' })
    const page = await as('Owner')
    await page.goto(path)
    await settled(page, javaScriptEnabled)
    const search = page.getByRole('searchbox', { name: /^Filter/ })
    await search.fill(one.project)
    if (!javaScriptEnabled) await press(page, 'Apply filter')
    await expect(project(page, one.project)).toBeVisible()
    await expect(project(page, two.project)).toBeHidden()
    await search.fill('')
    await page.getByRole('checkbox', { name: 'Only customised rows' }).check()
    if (!javaScriptEnabled) await press(page, 'Apply filter')
    await expect(project(page, two.project)).toBeVisible()
    await expect(project(page, one.project)).toBeHidden()
  })

  test('asks before changes are left behind', async ({ as, world, place, name }) => {
    const path = await world.role(name('Guarded'))
    const page = await as('Owner')
    await open(page, path)
    await level(page, `${place.project}, all environment types`, 'Deploy').check()
    const asked: string[] = []
    page.once('dialog', async (dialog) => {
      asked.push(dialog.type())
      await dialog.dismiss()
    })
    await page.getByRole('link', { name: 'Clusters' }).click({ noWaitAfter: true })
    await expect.poll(() => asked).toEqual(['beforeunload'])
    await expect(level(page, `${place.project}, all environment types`, 'Deploy')).toBeChecked()
  })

  test('is for reading to those who do not manage roles', async ({ as, world, place, name }) => {
    const path = await world.role(name('Read'), 'viewer')
    const page = await as('Viewer')
    await open(page, path)
    await expect(page.getByText(/^View only\./)).toBeVisible()
    await expect(page.getByRole('radio')).toHaveCount(0)
    await expect(project(page, place.project)).toContainText('Read-only')
    await expect(page.getByRole('button', { name: 'Duplicate' })).toHaveAttribute('aria-disabled', 'true')
  })

  test('fits a phone and passes axe', async ({ as, world, place, name }) => {
    const path = await world.role(name('Phone'), 'viewer')
    const page = await as('Owner')
    await page.setViewportSize({ width: 360, height: 740 })
    await open(page, `${path}?types=all`)
    expect(await page.evaluate(() => document.scrollingElement?.scrollWidth)).toBe(360)
    await level(page, `${place.project}, Staging`, 'Deploy').check()
    await expect(page.getByText('1 unsaved change', { exact: true })).toBeVisible()
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  })
})

/** With a script, wait until it listens; without one there is nothing to wait for. */
async function settled(page: Page, scripted: boolean | undefined) {
  if (scripted) await ready(page)
}

function group(page: Page, name: string): Locator {
  return page.getByRole('group', { name, exact: true })
}

function level(page: Page, row: string, name: string): Locator {
  return group(page, row).getByRole('radio', { name, exact: true })
}

/** A project's head row. */
function project(page: Page, name: string): Locator {
  return page.getByRole('row').filter({ has: page.locator('label', { hasText: new RegExp(`^${name}$`) }).or(page.locator('.role-name', { hasText: new RegExp(`^${name}$`) })) })
}

/** Presses Tab until the focus is on or in this. */
async function tabTo(page: Page, goal: Locator) {
  for (let step = 0; step < 300; step += 1) {
    await page.keyboard.press('Tab')
    if (await goal.evaluate((element) => element.contains(document.activeElement))) return
  }
  throw new Error(`Tab never reached ${String(goal)}`)
}

/** The id of a project, from the editor of a role. */
async function projectId(request: { get(path: string): Promise<{ text(): Promise<string> }> }, path: string, name: string): Promise<string> {
  const page = await (await request.get(path)).text()
  return new RegExp(`types-([0-9a-f-]{36})"[^>]*aria-label="Environment types of ${name}"`).exec(page)?.[1] ?? ''
}

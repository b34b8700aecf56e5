import { expect, type APIRequestContext, type APIResponse, type Locator, type Page } from '@playwright/test'
import type { Person, Role } from './support/world.ts'

/** What people do with the console, in their words. Everything is found by role and accessible name. */

/** Waits until the page's script listens, where it has one: from here on forms stay on the page. */
export async function ready(page: Page) {
  await page.waitForFunction(() => document.documentElement.hasAttribute('data-ready'))
}

/** Opens a page and waits for its script. */
export async function open(page: Page, path: string) {
  await page.goto(path)
  await ready(page)
}

/** Opens the set-up link, makes the first account and the organization. */
export async function setUp(page: Page, link: string, person: Person, organization: string) {
  await page.goto(link)
  await fill(page, { 'Your name': person.name, Email: person.email, Password: person.password, Organization: organization })
  await press(page, 'Create organization')
}

export async function signIn(page: Page, person: Person) {
  await page.goto('/sign-in')
  await fill(page, { Email: person.email, Password: person.password })
  await press(page, 'Sign in')
}

export async function signOut(page: Page) {
  await page.getByRole('button', { name: 'Your account' }).click()
  await press(page, 'Sign out')
  await expect(page).toHaveURL(/\/sign-in$/)
}

/** Makes an account at the page an invitation leads to. */
export async function acceptInvitation(page: Page, link: string, person: Person) {
  await page.goto(link)
  await fill(page, { 'Your name': person.name, Password: person.password })
  await press(page, 'Create account and join')
}

export async function openSettings(page: Page, name: string) {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
}

export async function invite(page: Page, email: string, role: Role) {
  await openSettings(page, 'Members')
  await page.getByRole('link', { name: 'Invite member' }).click()
  await fill(page, { Email: email })
  await pick(page, role)
  await press(page, 'Send invitation')
  await expectSaid(page, email)
}

export async function changeRole(page: Page, name: string, role: Role) {
  await openSettings(page, 'Members')
  await act(page, name, 'Change role')
  await choose(page, 'Role', role)
  await press(page, 'Show what changes')
  await press(page, 'Change role')
  await expectSaid(page, 'Role changed.')
}

export async function createCluster(page: Page, name: string, provider: string, region: string) {
  await openSettings(page, 'Clusters')
  await page.getByRole('link', { name: 'Add cluster' }).click()
  await fill(page, { Name: name, Region: region })
  await choose(page, 'Provider', provider)
  await press(page, 'Add cluster')
  await expectRow(page, { Name: name, Provider: provider, Region: region })
}

export async function createProject(page: Page, name: string) {
  await page.getByRole('main').getByRole('link', { name: 'Create project' }).click()
  await fill(page, { Name: name })
  await press(page, 'Create project')
  await expectHeading(page, name)
}

/** On the project's page. */
export async function createEnvironment(page: Page, name: string, type: string, cluster: string) {
  await page.getByRole('main').getByRole('link', { name: 'Create environment' }).click()
  await fill(page, { Name: name })
  await pick(page, type)
  await choose(page, 'Cluster', cluster)
  await press(page, 'Create environment')
  await expectHeading(page, name)
}

/** On the environment's page. */
export async function createService(page: Page, name: string, type: string) {
  await page.getByRole('main').getByRole('link', { name: 'Create service' }).click()
  await fill(page, { Name: name })
  await pick(page, type)
  await press(page, 'Create service')
  await expectHeading(page, name)
}

export interface VariableForm {
  key: string
  type: 'Plain' | 'Secret' | 'File'
  value: string
  scope: 'Project' | 'Environment' | 'Service'
  path?: string
}

/** Fills in the form that is open. */
export async function fillVariable(page: Page, form: VariableForm) {
  await fill(page, { 'Variable/Key': form.key })
  await pick(page, form.type)
  await fill(page, { Value: form.value })
  if (form.path) await fill(page, { 'Mount path': form.path })
  await pick(page, form.scope)
}

/** On a Variables page. */
export async function addVariable(page: Page, form: VariableForm) {
  await page.getByRole('link', { name: 'Add variable' }).first().click()
  await fillVariable(page, form)
  await press(page, 'Save')
  await expectSaid(page, `${form.key} saved.`)
}

/** Opens the menu of a row and follows one of its links. */
export async function act(page: Page, subject: string, action: string) {
  const name = `Actions for ${subject}`
  await page.getByRole('button', { name, exact: true }).click()
  await page.getByRole('group', { name, exact: true }).getByRole('link', { name: action, exact: true }).click()
}

export interface AuditFilters {
  'Time range'?: string
  'Target type'?: string
  'Target name'?: string
  'Event type'?: string
}

export async function openAudit(page: Page, filters: AuditFilters = {}) {
  await openSettings(page, 'Audit logs')
  await filterAudit(page, filters)
}

/** Sets filters one after the other and applies each, as people do with the keyboard. */
export async function filterAudit(page: Page, filters: AuditFilters) {
  for (const [name, value] of Object.entries(filters)) {
    await ready(page)
    const filter = page.getByRole('search', { name: 'Events' }).getByLabel(name)
    const parameter = name === 'Time range' ? 'range' : name.toLowerCase().replace(' ', '_')
    if (name === 'Target name') await filter.fill(value)
    else await filter.selectOption({ label: value })
    await press(page, 'Apply filters')
    await expect(page).toHaveURL((url) => url.searchParams.get(parameter) !== null && !url.searchParams.has('event'))
    await expect(page.getByRole('group', { name: 'Filters that are set' })).toContainText(value)
  }
}

/** An event in the list, by what stands in its columns. */
export async function expectEvent(page: Page, cells: { 'Event type': string; Target: string } & Record<string, string | RegExp>) {
  await expectCells(page, event(page, cells['Event type'], cells.Target).first(), cells)
}

export async function openEvent(page: Page, type: string, target: string) {
  await event(page, type, target).first().getByRole('link').first().click()
}

function event(page: Page, type: string, target: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name: `${type} ${target}` }) })
}

/** The row that starts with this name, as it is read out or as it is written: long names are written with places to break. */
export function row(page: Page, name: string): Locator {
  const start = new RegExp(`^${escaped(name)}(?!\\w)`)
  const head = page.getByRole('rowheader', { name: start }).or(page.getByRole('rowheader').filter({ hasText: start }))
  return page.getByRole('row').filter({ has: head })
}

/** A row with these texts in the columns of these names; the first names the row. */
export async function expectRow(page: Page, cells: Record<string, string | RegExp>) {
  const [lead] = Object.values(cells)
  const found = row(page, String(lead))
  await expect(found).toHaveCount(1)
  await expectCells(page, found, cells)
}

async function expectCells(page: Page, found: Locator, cells: Record<string, string | RegExp>) {
  // Again when the page goes away in between: a row with these texts may stand on the page before, too.
  await expect(async () => {
    await expect(found).toBeVisible()
    const heads = (await page.getByRole('columnheader').allTextContents()).map((head) => head.trim())
    const inOrder = found.getByRole('rowheader').or(found.getByRole('cell'))
    for (const [column, text] of Object.entries(cells)) {
      const place = heads.indexOf(column)
      expect(place, `there is a column ${column} among ${heads.join(', ')}`).toBeGreaterThanOrEqual(0)
      await expect(inOrder.nth(place)).toContainText(text, { timeout: 2_000 })
    }
  }).toPass({ timeout: 20_000 })
}

export async function expectNoRow(page: Page, name: string) {
  await expect(row(page, name)).toHaveCount(0)
}

export async function expectHeading(page: Page, text: string | RegExp) {
  await expect(page.getByRole('heading', { level: 1 })).toContainText(text)
}

/** What the console says after an action. */
export async function expectSaid(page: Page, text: string | RegExp) {
  await expect(page.getByRole('status').filter({ hasText: text }).first()).toBeVisible()
}

/** Fields by their labels. */
export async function fill(page: Page, fields: Record<string, string>) {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
}

/** Chooses one of several, by the first words of its label. */
export async function pick(page: Page, choice: string) {
  await page.getByRole('radio', { name: new RegExp(`^${escaped(choice)}`) }).check()
}

export async function choose(page: Page, label: string, option: string | RegExp) {
  const select = page.getByRole('combobox', { name: label })
  const text = await select.getByRole('option', { name: option }).first().textContent()
  await select.selectOption({ label: text?.trim() ?? '' })
}

export async function press(page: Page, name: string | RegExp) {
  await page.getByRole('button', { name, exact: true }).click()
}

/** The keys a level's Variables page lists, fetched without a browser. */
export async function variableKeys(request: APIRequestContext, levelPath: string): Promise<{ page: APIResponse; keys: string[] }> {
  const page = await request.get(`${levelPath}/variables`)
  const keys = (await page.text()).matchAll(/ data-key="([A-Za-z_][A-Za-z0-9_]*)"/g)
  return { page, keys: [...new Set([...keys].map(([, key = '']) => key))] }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

import { test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Site } from './support/site.ts'
import { act, choose, fill, open, press, ready } from './verbs.ts'

const FOLDER = join(import.meta.dirname, '../screenshots')
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } }
const SERVICE = '/o/acme/p/shop/e/production/s/api'
const SETTINGS = '/o/acme/settings'

/** A page, and what to do before its picture is taken. */
interface Shot {
  name: string
  path: string
  then?: (page: Page) => Promise<void>
}

const PUBLIC: Shot[] = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'sign-in-refused', path: '/sign-in', then: refusedSignIn },
  { name: 'invitation-void', path: `/invite/${'A'.repeat(43)}` },
  { name: 'setup-closed', path: '/setup' },
]

const OWNER: Shot[] = [
  { name: 'overview', path: '/o/acme' },
  { name: 'overview-empty', path: '/o/umbra-labs' },
  { name: 'project-new', path: '/o/acme?new=project' },
  { name: 'organization-new', path: '/organizations/new' },
  { name: 'general', path: `${SETTINGS}/general` },
  { name: 'members', path: `${SETTINGS}/members` },
  { name: 'members-no-match', path: `${SETTINGS}/members?q=nobody` },
  { name: 'member-change-role', path: `${SETTINGS}/members?q=vera`, then: (page) => actOn(page, 'Vera Kowalska', 'Change role') },
  { name: 'member-change-role-preview', path: `${SETTINGS}/members?q=vera`, then: previewRole },
  { name: 'members-selected', path: `${SETTINGS}/members`, then: selectSome },
  { name: 'member-access', path: `${SETTINGS}/members?q=vera`, then: (page) => page.getByRole('link', { name: /Vera Kowalska/ }).first().click() },
  { name: 'ownership-transfer', path: `${SETTINGS}/general?transfer` },
  { name: 'organization-delete', path: `${SETTINGS}/general?delete` },
  { name: 'service-access', path: `${SERVICE}/access` },
  { name: 'member-remove', path: `${SETTINGS}/members?q=vera`, then: (page) => actOn(page, 'Vera Kowalska', 'Remove member') },
  { name: 'invitations-empty', path: '/o/umbra-labs/settings/members?tab=invitations' },
  { name: 'invite', path: `${SETTINGS}/members?invite` },
  { name: 'invite-refused', path: `${SETTINGS}/members?invite`, then: refusedInvitation },
  { name: 'roles', path: `${SETTINGS}/roles` },
  { name: 'role', path: `${SETTINGS}/roles/devops` },
  { name: 'role-new', path: `${SETTINGS}/roles?new` },
  { name: 'role-compare', path: `${SETTINGS}/roles`, then: (page) => follow(page, 'Payments team', 'Compare') },
  { name: 'role-delete', path: `${SETTINGS}/roles`, then: (page) => actOn(page, 'Payments team', 'Delete') },
  { name: 'role-editor', path: `${SETTINGS}/roles`, then: (page) => follow(page, 'Payments team', 'Edit') },
  { name: 'role-changed', path: `${SETTINGS}/roles`, then: changedRole },
  { name: 'role-review', path: `${SETTINGS}/roles`, then: reviewedRole },
  { name: 'clusters', path: `${SETTINGS}/clusters` },
  { name: 'clusters-empty', path: '/o/umbra-labs/settings/clusters' },
  { name: 'cluster-new', path: `${SETTINGS}/clusters?new` },
  { name: 'audit', path: `${SETTINGS}/audit-logs` },
  { name: 'audit-filtered', path: `${SETTINGS}/audit-logs?range=7d&event_type=UPDATE&target_type=SECRET` },
  { name: 'audit-no-match', path: `${SETTINGS}/audit-logs?target_name=nothing-of-this-name` },
  { name: 'audit-event', path: `${SETTINGS}/audit-logs?target_type=VARIABLE&event_type=UPDATE`, then: openFirstEvent },
  { name: 'project', path: '/o/acme/p/shop/overview' },
  { name: 'environment-new', path: '/o/acme/p/shop/overview?new=environment' },
  { name: 'project-variables', path: '/o/acme/p/shop/variables' },
  { name: 'project-history', path: '/o/acme/p/shop/history' },
  { name: 'project-settings', path: '/o/acme/p/shop/settings' },
  { name: 'project-delete', path: '/o/acme/p/shop/settings?delete' },
  { name: 'environment', path: '/o/acme/p/shop/e/production/overview' },
  { name: 'service-new', path: '/o/acme/p/shop/e/production/overview?new=service' },
  { name: 'environment-variables', path: '/o/acme/p/shop/e/production/variables' },
  { name: 'environment-settings', path: '/o/acme/p/shop/e/production/settings' },
  { name: 'environment-delete', path: '/o/acme/p/shop/e/production/settings?delete' },
  { name: 'service', path: `${SERVICE}/overview` },
  { name: 'variables', path: `${SERVICE}/variables` },
  { name: 'variables-no-match', path: `${SERVICE}/variables?q=nothing-of-this-name` },
  { name: 'variable-plain', path: `${SERVICE}/variables?new=plain` },
  { name: 'variable-secret', path: `${SERVICE}/variables?new=secret` },
  { name: 'variable-file', path: `${SERVICE}/variables?new=file` },
  { name: 'variable-refused', path: `${SERVICE}/variables?new=plain`, then: refusedVariable },
  { name: 'service-history', path: `${SERVICE}/history` },
  { name: 'service-settings', path: `${SERVICE}/settings` },
  { name: 'service-delete', path: `${SERVICE}/settings?delete` },
  { name: 'not-found', path: '/o/acme/nothing-here' },
  { name: 'not-found-anywhere', path: '/nothing-here' },
]

const VIEWER: Shot[] = [
  { name: 'viewer-overview', path: '/o/acme' },
  { name: 'viewer-variables', path: `${SERVICE}/variables` },
  { name: 'viewer-members', path: `${SETTINGS}/members` },
  { name: 'viewer-general', path: `${SETTINGS}/general` },
  { name: 'viewer-settings', path: `${SERVICE}/settings` },
  { name: 'viewer-audit-refused', path: `${SETTINGS}/audit-logs` },
]

test('a picture of every page, light and dark, wide and narrow', async ({ browser }) => {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const fresh = await Site.start()
  await shoot(await browser.newContext({ baseURL: fresh.url }), [{ name: 'setup', path: fresh.setupLink }])
  await fresh.stop()

  const site = await Site.demo()
  const password = /the password is (\S+)/.exec(site.printed())?.[1] ?? ''
  await shoot(await browser.newContext({ baseURL: site.url }), PUBLIC)
  const owner = await signedIn(browser, site, 'olive@acme.example', password)
  await shoot(owner, OWNER, { keep: true })
  await inviteSomebody(owner, site)
  await shoot(owner, [{ name: 'invitations', path: `${SETTINGS}/members?tab=invitations` }])
  const mail = await site.mail('new.colleague@acme.example')
  await shoot(await browser.newContext({ baseURL: site.url }), [{ name: 'invitation', path: mail.links[0] ?? '' }])
  await shoot(await signedIn(browser, site, 'vera@acme.example', password), VIEWER)
  await site.stop()
})

async function signedIn(browser: Browser, site: Site, email: string, password: string): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: site.url })
  const page = await context.newPage()
  await page.goto('/sign-in')
  await fill(page, { Email: email, Password: password })
  await press(page, 'Sign in')
  await page.waitForURL(/\/o\//)
  await page.close()
  return context
}

async function shoot(context: BrowserContext, shots: Shot[], { keep = false } = {}) {
  const page = await context.newPage()
  for (const { name, path, then } of shots) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const theme of ['light', 'dark'] as const) {
        await page.setViewportSize(viewport)
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
        await page.goto(path)
        await then?.(page)
        await page.waitForLoadState('networkidle')
        const whole = size === 'narrow' && !(await page.getByRole('dialog').count())
        await page.screenshot({ path: join(FOLDER, `${name}.${size}.${theme}.png`), fullPage: whole })
      }
    }
  }
  if (keep) await page.close()
  else await context.close()
}

async function refusedSignIn(page: Page) {
  await ready(page)
  await fill(page, { Email: 'somebody@acme.example', Password: 'not the right password' })
  await press(page, 'Sign in')
  await page.getByRole('alert').waitFor()
}

async function refusedInvitation(page: Page) {
  await ready(page)
  await fill(page, { Email: 'somebody' })
  await press(page, 'Send invitation')
  await page.getByRole('alert').waitFor()
}

async function refusedVariable(page: Page) {
  await ready(page)
  await press(page, 'Save')
  await page.getByRole('alert').first().waitFor()
}

async function actOn(page: Page, who: string, action: string) {
  await act(page, who, action)
  await page.getByRole('dialog').waitFor()
}

async function previewRole(page: Page) {
  await actOn(page, 'Vera Kowalska', 'Change role')
  await choose(page, 'Role', 'DevOps')
  await press(page, 'Show what changes')
  await page.getByRole('region', { name: 'What changes' }).waitFor()
}

async function selectSome(page: Page) {
  for (const name of ['Select Ana Novak', 'Select Amara Diallo']) await page.getByRole('checkbox', { name }).check()
}

async function follow(page: Page, what: string, action: string) {
  await act(page, what, action)
  await page.getByRole('heading', { level: 1, name: what }).waitFor()
  await ready(page)
}

async function changedRole(page: Page) {
  await follow(page, 'Payments team', 'Edit')
  for (const [row, level] of [['billing, Staging', 'Deploy'], ['billing, Development', 'Read-only'], ['shop, all environment types', 'Deploy']] as const) {
    await page.getByRole('group', { name: row }).getByRole('radio', { name: level, exact: true }).check()
  }
}

async function reviewedRole(page: Page) {
  await changedRole(page)
  await press(page, 'Review')
  await page.waitForURL(/review/)
  await ready(page)
}

async function openFirstEvent(page: Page) {
  await page.getByRole('rowheader').first().getByRole('link').click()
  await page.getByRole('region', { name: 'Event as JSON' }).waitFor()
}

async function inviteSomebody(context: BrowserContext, site: Site) {
  const page = await context.newPage()
  await open(page, `${site.url}${SETTINGS}/members?invite`)
  await fill(page, { Email: 'new.colleague@acme.example' })
  await press(page, 'Send invitation')
  await page.getByText('new.colleague@acme.example').first().waitFor()
  await page.close()
}
